# Results of a grid search: from metrics.csv and exit codes to a ranking, a table and CSV. Sourced by grid-search.sh.
# Reads what that script has set: names, overrides, keys, short, out and the functions on $book; settles metric and mode.
# shellcheck shell=bash disable=SC2034,SC2154

# "VALUE EPOCH LOSS SECONDS" of the best epoch in the metrics file $1; dashes if there is none.
best_epoch() {
  awk -F, -v metric="$metric" -v mode="$mode" '
    { sub(/\r$/, "") }
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { seconds += $column["seconds"] }
    metric in column && $column[metric] ~ /^-?[0-9.]/ {
      value = $column[metric] + 0
      if (!found || (mode == "max" ? value > best : value < best)) {
        found = 1; best = value; shown = $column[metric]; epoch = $column["epoch"]
        loss = $column["val_loss"] != "" ? $column["val_loss"] : $column["train_loss"]
      }
    }
    END { print found ? shown " " epoch " " loss " " sprintf("%.1f", seconds) : "- - - " sprintf("%.1f", seconds) }
  ' "$1" 2>/dev/null || echo "- - - -"
}

state_word() {
  case $1 in
    0) echo finished ;;
    8) echo diverged ;;
    none) echo unfinished ;;
    *) echo failed ;;
  esac
}

# One line a trial, the best first, those without a value last; tab-separated, no field is empty:
# rank, value, epoch, loss, seconds, state, exit code, number of the trial.
ranking() {
  local book trial code value epoch loss seconds best_first=2,2gr
  [[ $mode != min ]] || best_first=2,2g
  for trial in "${!names[@]}"; do
    book_of "$trial"
    code=$(status_of)
    read -r value epoch loss seconds <<<"$(best_epoch "$out/${names[trial]}/metrics.csv")"
    printf '%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$([[ $value == - ]] && echo 1 || echo 0)" \
      "$value" "$epoch" "$loss" "$seconds" "$(state_word "$code")" "$code" "$trial"
  done | LC_ALL=C sort -s -t $'\t' -k1,1n -k"$best_first" | awk -F'\t' -v OFS='\t' '{ $1 = NR; print }'
}

# A row of CSV as RFC 4180 wants it.
csv_row() {
  local cell row=''
  for cell in "$@"; do
    [[ $cell != *[\",$'\n\r']* ]] || cell="\"${cell//\"/\"\"}\""
    row+=,$cell
  done
  printf '%s\n' "${row#,}"
}

write_csv() {
  local book rank value epoch loss seconds state code trial message pairs
  csv_row rank trial "${keys[@]}" "${metric:-metric}" epoch loss seconds state exit_code error run_dir
  while IFS=$'\t' read -r rank value epoch loss seconds state code trial; do
    book_of "$trial"
    message=$(message_of)
    mapfile -t pairs <<<"${overrides[trial]}"
    csv_row "$rank" "${names[trial]}" "${pairs[@]#*=}" "${value#-}" "${epoch#-}" "${loss#-}" "${seconds#-}" "$state" \
      "${code#none}" "$message" "$out/${names[trial]}"
  done
}

# The ranking on at most 80 columns: the values as given, metrics with four digits. Where that is too wide the widest
# column of values loses its end.
print_table() {
  local rank value epoch loss seconds state code trial pairs heads
  heads=$(printf '\t%s' "${short[@]}")
  {
    printf 'rank%s\t%s\tepoch\tloss\tseconds\tstate\n' "$heads" "${metric:-metric}"
    while IFS=$'\t' read -r rank value epoch loss seconds state code trial; do
      [[ $state != failed ]] || state="failed ($code)"
      mapfile -t pairs <<<"${overrides[trial]}"
      printf '%s%s\t%s\t%s\t%s\t%s\t%s\n' "$rank" "$(printf '\t%s' "${pairs[@]#*=}")" \
        "$value" "$epoch" "$loss" "$seconds" "$state"
    done
  } | awk -F'\t' -v keys="${#keys[@]}" '
    function digits(text) {
      if (text !~ /^-?[0-9.]/) return text
      return text >= 10000 || text <= -10000 ? sprintf("%.0f", text) : sprintf("%.4g", text)
    }
    {
      if (NR > 1) { $(keys + 2) = digits($(keys + 2)); $(keys + 4) = digits($(keys + 4)) }
      for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) }
    }
    END {
      for (i = 1; i <= NF; i++) total += width[i] + 2
      for (total -= 2; total > 80; total--) {
        widest = 2
        for (i = 3; i < keys + 2; i++) if (width[i] > width[widest]) widest = i
        if (width[widest] <= 4) break
        width[widest]--
      }
      for (row = 1; row <= NR; row++) {
        line = ""
        for (i = 1; i <= NF; i++) {
          text = cell[row, i]
          if (length(text) > width[i]) text = substr(text, 1, width[i] - 2) ".."
          line = line sprintf("%-" width[i] "s  ", text)
        }
        sub(/ +$/, "", line)
        print line
      }
    }'
}

# Where the best trial lies, if there is one with a result.
print_best() {
  local rank value epoch loss seconds state code trial
  IFS=$'\t' read -r rank value epoch loss seconds state code trial <"$out/.search/ranking"
  [[ $value == - ]] || printf 'best: %s\n' "$out/${names[trial]}"
}

# Settles what is ranked by, as soon as a trial has results: without --metric val_top1, or train_loss if there is none.
choose_metric() {
  local trial value file
  for trial in "${!names[@]}"; do
    file=$out/${names[trial]}/metrics.csv
    [[ -z $metric && -f $file && $(wc -l <"$file") -gt 1 ]] || continue
    metric=val_top1
    read -r value _ <<<"$(best_epoch "$file")"
    [[ $value != - ]] || metric=train_loss
  done
  [[ -n $mode || -z $metric ]] || { [[ $metric == *loss* ]] && mode=min || mode=max; }
}

save_results() {
  choose_metric
  ranking >"$out/.search/ranking"
  write_csv <"$out/.search/ranking" >"$out/.search/results.new"
  mv -f -- "$out/.search/results.new" "$out/results.csv"
}
