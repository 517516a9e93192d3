#!/bin/sh
# Batches for a GPU: records read, decoded and laid out for the copy, in
# pictures/s; beside memcpy of as many bytes.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
printf '%-30s %9s %9s %12s %7s\n' '#' pictures/s GB/s '/s of CPU' memcpy
"${OBJ:-bin/obj}/tests/bench/feed" "$dir" "${N:-1536}"
