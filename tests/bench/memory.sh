#!/bin/sh
# Peak of the memory that training takes on the CPU, in MiB: what net-show
# --memory predicts, what it was, and Caffe's for the same net and batch (the
# process's peak, Caffe 1.0.0 on such a machine; it has no figure for others).
# Two iterations, a validation, a snapshot.
#
#	CASES="lenet:64:101 vgg16:8" sh tests/bench/memory.sh
set -eu
: "${CASES:=lenet:64:101 alexnet:10:697 googlenet:10:924 resnet18:10:960 \
resnet50:1:676 lenet:16 alexnet:8 alexnet:16 googlenet:8 googlenet:16 \
resnet18:8 resnet18:16 resnet50:8 resnet50:16}"
[ -x /usr/bin/time ] || { echo '# no /usr/bin/time here'; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# DIR N SIDE: a data set of N validation pictures and three times as many for
# training, of noise.
pictures() {
	rm -rf "$1" "$1.in"
	for class in a b; do
		mkdir -p "$1.in/$class"
		i=0
		while [ $i -lt $(($2 * 2)) ]; do
			i=$((i + 1))
			{ echo "P6 $3 $3 255"
			  head -c $(($3 * $3 * 3)) /dev/urandom; } \
			    >"$1.in/$class/$i.ppm"
		done
	done
	dset-create -q --encoding none $4 --size "$3x$3" -o "$1" "$1.in" \
	    >/dev/null
}

field() { # KEY FILE: of a line of JSON
	sed -n "s/.*\"$1\": \\([0-9]*\\).*/\\1/p" "$2"
}

printf 'net\tbatch\tpredicted\tpeak\tpredicted/peak\tCaffe\tpeak/Caffe\n'
for case in $CASES; do
	IFS=: read -r net batch caffe <<-E
	$case
	E
	case $net in
	lenet) pictures "$tmp/d" "$batch" 28 --gray ;;
	*) pictures "$tmp/d" $((batch > 1 ? batch : 2)) 256 '' ;;
	esac
	case $net in lenet) input=1x28x28 ;; *) input=3x256x256 ;; esac
	net-show "$net" --memory -b "$batch" --input "$input" --classes 2 \
	    --json >"$tmp/json"
	/usr/bin/time -o "$tmp/time" -f %M model-train -q -d "$tmp/d" \
	    -n "$net" -b "$batch" -e 0.67 --device cpu -f -o "$tmp/m" >/dev/null
	awk -v net="$net" -v b="$batch" -v total="$(field total "$tmp/json")" \
	    -v caffe="$caffe" '{
		peak = $1 / 1024; total /= 1048576
		printf "%s\t%d\t%.0f\t%.0f\t%.2f", net, b, total, peak, total / peak
		if (caffe) printf "\t%d\t%.2f", caffe, peak / caffe
		print "" }' "$tmp/time"
done
