#!/bin/sh
# Data sets: JPEGs of about 500x375 to LMDBs of 256x256, 3000x2000 ones, MNIST;
# against a script with Pillow and python3-lmdb, Caffe's convert_imageset where
# it is installed, and the limit that JPEG decoding alone sets.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bench=${OBJ:-bin/obj}/tests/bench/dset
cpus=$(nproc)
n=${N:-1200} # JPEGs

# rate N COMMAND…: pictures/s of the best of three runs.
rate() {
	count=$1
	shift
	for _ in 1 2 3; do
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1 || { echo 0; return; }
		end=$(date +%s%N)
		echo $((count * 1000000 / ((end - start) / 1000 + 1)))
	done | sort -n | tail -1
}

ours() {
	dset-create -q -f -o "$dir/d" --val 0 "$@"
}

python() {
	rm -rf "$dir/p"
	/usr/bin/python3 tests/bench/dset.py "$dir/jpg" "$dir/p" "$1" "$2" \
	    2>/dev/null || echo -
}

row() {
	awk -v name="$1" -v ours="$2" -v peer="$3" -v limit="$4" 'BEGIN {
		printf "%-34s %9d %9s %6s %9s %6s\n", name, ours, peer,
		    (peer > 0 ? sprintf("%.1fx", ours / peer) : "-"), limit,
		    (limit > 0 ? sprintf("%.0f%%", 100 * ours / limit) : "-")
	}'
}

"$bench" make "$dir/jpg" "$n" || exit 1
limit=$("$bench" decode "$dir/jpg")
printf '%-34s %9s %9s %6s %9s %6s\n' "# pictures/s" ours Pillow '' decoding ''
for how in none jpg png; do
	row "$n JPEGs 500x375, $how" \
	    "$(rate "$n" ours --encoding $how "$dir/jpg")" \
	    "$(python $how "$cpus")" "$limit"
done
"$bench" make "$dir/big" 40 3000 2000 || exit 1
row "40 JPEGs 3000x2000, none" "$(rate 40 ours --encoding none "$dir/big")" - \
    "$("$bench" decode "$dir/big")"
mnist=../shared/data/classification/mnist_png/mnist.tar.gz
if [ -e "$mnist" ]; then
	tar xzf "$mnist" -C "$dir"
	row "60,000 PNGs of MNIST, png" \
	    "$(rate 60000 ours --gray --size 28x28 "$dir/mnist/train")" - -
else
	echo "# skipped: no shared data (MNIST)"
fi
