#!/usr/bin/env bash
# configs/README.md is what the code declares. After a change of fields: make docs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
diff -u configs/README.md <("$CNNCTL_BINARY" config reference)
