#!/usr/bin/env bash
# Every configuration that ships is read and planned by the real program, CNNCTL_BINARY.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

count=0
failures=0
while IFS= read -r config; do
  count=$((count + 1))
  if ! "$CNNCTL_BINARY" config check "$config"; then
    echo "FAILED: $config" >&2
    failures=$((failures + 1))
  fi
done < <(find configs -name '*.yaml' | sort)
if [[ $count -eq 0 || $failures -gt 0 ]]; then
  echo "$failures of $count configurations failed" >&2
  exit 1
fi
echo "configs: all $count can be planned"
