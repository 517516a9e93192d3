# Nets as files of ONNX, run here and by onnxruntime in turns with the same threads
# (model-bench --vs).  The files are written by model-export, of standard nets with
# random weights; ONNX="a.onnx b.onnx" names others.  onnxruntime is that of
# scripts/venv onnx.
# Columns: net, batch, milliseconds of a run here (p50) and there, the ratio.
#
#	NETS="mobilenet-v2 yolox-nano" BATCHES=1 sh tests/bench/onnx.sh
set -eu
: "${NETS:=squeezenet mobilenet-v2 mobilenet-v3-small efficientnet-lite0 resnet50-torchvision convnext-tiny yolox-nano}"
: "${BATCHES:=1 16}" "${ONNX=}"
venv=$(sh scripts/venv onnx) || exit 0
PATH=$venv/bin:$PATH
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A file of a standard net.
write() {
	mkdir "$tmp/$1"
	seq 10 >"$tmp/$1/labels.txt"
	net-show "$1" --upgrade >"$tmp/whole"
	python3 tests/cli/onnx_judge.py deploy "$tmp/whole" \
	    >"$tmp/$1/deploy.prototxt"
	python3 -c 'import sys; sys.path.insert(0, "tests/cli")
import onnx_judge; onnx_judge.describe(sys.argv[1])' "$tmp/$1"
	model-export -q "$tmp/$1" --onnx "$tmp/$1.onnx"
}

[ -n "$ONNX" ] || for net in $NETS; do
	write "$net" 2>"$tmp/err" || {
		sed "s/^/# $net: /" "$tmp/err"
		continue
	}
	ONNX="$ONNX $tmp/$net.onnx"
done
printf '%-22s %5s %9s %9s %6s\n' net batch ours theirs ratio
for file in $ONNX; do
	for batch in $BATCHES; do
		model-bench --json -b "$batch" --vs "$file" "$file" \
		    2>"$tmp/err" >"$tmp/row" || {
			sed "s/^/# $(basename "$file"): /" "$tmp/err"
			continue
		}
		python3 -c 'import json, sys
r = json.loads(open(sys.argv[1]).readline())
print("%-22s %5s %9.2f %9.2f %6.2f" % (sys.argv[2], sys.argv[3], r["p50"],
      r["vs_p50"], r["ratio"]))' "$tmp/row" "$(basename "$file" .onnx)" "$batch"
	done
done
