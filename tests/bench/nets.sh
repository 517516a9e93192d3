#!/bin/sh
# Images/s of the standard nets, ours beside PyTorch's and OpenCV's in the same
# run on the same cores: training (forward, backward, update) and inference.
# Each line: net, batch, use, images/s, GFLOP/s, share of the peak of fused
# multiply-adds; then, where peers are installed, the best of them and the ratio.
#
#	NETS="lenet alexnet" BATCHES="16" SECONDS_EACH=3 sh tests/bench/nets.sh
set -eu
: "${OBJ:=bin/obj}" "${CC:=gcc}"
: "${NETS:=lenet alexnet googlenet vgg16 squeezenet resnet18 resnet50 mobilenet}"
: "${BATCHES:=1 16}" "${SECONDS_EACH:=2}" "${THREADS:=$(nproc)}"
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

make -s "CC=$CC" "$OBJ/tests/bench/nets"
cases='lenet:64:train'
for net in $NETS; do
	for batch in $BATCHES; do
		cases="$cases $net:$batch:infer $net:$batch:train"
	done
done

# shellcheck disable=SC2086
"$OBJ/tests/bench/nets" -w "$tmp" $NETS lenet
if python3 -c 'import torch' 2>/dev/null; then
	python=python3
elif /usr/bin/python3 -c 'import torch' 2>/dev/null; then
	python=/usr/bin/python3
else
	python=
	echo '# no PyTorch here (sh scripts/deps bench): ours alone'
fi
# Ours and theirs in turn, net by net: a shared machine drifts.
for case in $cases; do
	"$OBJ/tests/bench/nets" -t "$THREADS" -s "$SECONDS_EACH" "$case" \
	    >"$tmp/ours" || continue
	[ -s "$tmp/head" ] || head -1 "$tmp/ours" | tee "$tmp/head"
	: >"$tmp/peers"
	[ -z "$python" ] || "$python" -W ignore "$here/nets_torch.py" \
	    "$THREADS" "$SECONDS_EACH" "$tmp" "$case" >"$tmp/peers" 2>&1 || :
	awk -F '\t' -v OFS='\t' '
	    FNR == NR { if (NF == 5 && $5 > best) { best = $5; who = $4 } next }
	    /^#/ { next }
	    best > 0 { print $0, who, best, sprintf("%.2fx", $4 / best); next }
	    { print }' "$tmp/peers" "$tmp/ours"
done
echo '# bf16 against fp32, training'
for net in $NETS; do
	"$OBJ/tests/bench/nets" -t "$THREADS" -s "$SECONDS_EACH" -p bf16 \
	    "$net:16:train" | grep -v '^#' || :
done
