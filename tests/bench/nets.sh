#!/bin/sh
# Images/s of the standard nets, ours beside PyTorch's and OpenCV's in the same
# run on the same cores: training (forward, loss, backward, update) and inference.
# Each line: net, batch, use, images/s, GFLOP/s, share of the peak of fused
# multiply-adds, MiB of the plan, ms of CPUs for an image, MiB by which the process
# grew; then, where peers are installed, the fastest of them, its images/s and the
# ratio, the least ms of CPUs of any and the ratio, and the least MiB of any.
# On a machine that does other work the CPUs' ms say more than images/s.
#
#	NETS="lenet alexnet" BATCHES="16" SECONDS_EACH=3 sh tests/bench/nets.sh
#	NETS="yolox-nano unet-small detectnet" BATCHES=2 USES=train ROUNDS=5 ...
#
# ROUNDS=N: ours and theirs N times in turn, of each figure the best.  BF16=N is the
# batch of the trainings in bf16 at the end, which BF16= leaves out.
# PYTHON: that which has PyTorch; else python3, or what sh scripts/venv torch made.
set -eu
: "${OBJ:=bin/obj}" "${CC:=gcc}"
: "${NETS:=lenet alexnet googlenet vgg16 squeezenet resnet18 resnet50 mobilenet}"
: "${BATCHES:=1 16}" "${SECONDS_EACH:=2}" "${THREADS:=$(nproc)}"
: "${USES:=infer train}" "${ROUNDS:=1}" "${BF16=16}"
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

make -s "CC=$CC" "$OBJ/tests/bench/nets"
cases=
case $NETS in *lenet*) cases='lenet:64:train' ;; esac
for net in $NETS; do
	for batch in $BATCHES; do
		for use in $USES; do
			cases="$cases $net:$batch:$use"
		done
	done
done

# shellcheck disable=SC2086
"$OBJ/tests/bench/nets" -w "$tmp" $NETS lenet
python=
made=$(sh scripts/venv -n torch) || made=
for p in ${PYTHON:-python3 /usr/bin/python3 ${made:+"$made/bin/python"}}; do
	! "$p" -c 'import torch' 2>/dev/null || { python=$p; break; }
done
if [ -z "$python" ]; then
	echo '# no PyTorch here (sh scripts/deps bench, or sh scripts/venv torch): ours alone'
else
	"$python" -c 'import torch; print("# PyTorch", torch.__version__)'
fi
# Ours and theirs in turn, net by net: a shared machine drifts.
for case in $cases; do
	: >"$tmp/ours"
	: >"$tmp/peers"
	round=0
	while [ "$round" -lt "$ROUNDS" ]; do
		round=$((round + 1))
		"$OBJ/tests/bench/nets" -t "$THREADS" -s "$SECONDS_EACH" "$case" \
		    >>"$tmp/ours" || continue 2
		[ -s "$tmp/head" ] || head -1 "$tmp/ours" | tee "$tmp/head"
		[ -z "$python" ] || "$python" -B -W ignore "$here/nets_torch.py" \
		    "$THREADS" "$SECONDS_EACH" "$tmp" "$case" >>"$tmp/peers" 2>&1 ||
		    :
	done
	awk -F '\t' -v OFS='\t' '
	    /^#/ { next }
	    FILENAME == ARGV[1] && NF == 7 {
	        if ($5 > best) { best = $5; who = $4 }
	        if (cpu == 0 || $6 < cpu) cpu = $6
	        if (mib == 0 || $7 < mib) mib = $7
	    }
	    FILENAME == ARGV[2] && NF == 9 {
	        for (i = 1; i <= NF; i++)
	            if (!n || (i > 3 && i < 7 ? $i > v[i] : i > 6 && $i < v[i]))
	                v[i] = $i
	        n++
	    }
	    END {
	        if (!n) exit
	        line = v[1]
	        for (i = 2; i <= 9; i++) line = line OFS v[i]
	        if (best > 0)
	            line = line OFS who OFS best OFS \
	                sprintf("%.2fx", v[4] / best) OFS cpu OFS \
	                sprintf("%.2fx", cpu / v[8]) OFS mib
	        print line
	    }' "$tmp/peers" "$tmp/ours"
done
[ -n "$BF16" ] || exit 0
echo '# bf16 against fp32, training'
for net in $NETS; do
	"$OBJ/tests/bench/nets" -t "$THREADS" -s "$SECONDS_EACH" -p bf16 \
	    "$net:$BF16:train" | grep -v '^#' || :
done
