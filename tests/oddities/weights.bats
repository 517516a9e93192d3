#!/usr/bin/env bats
# Odd weights: run, trained from and imported, or refused by name.

load odd

setup_file() {
	odd_setup weights
	cd "$D"
	small_two model
	for c in a b; do
		mkdir -p src/$c
		for i in 0 1 2 3; do
			printf 'P5 4 4 255\n%s%s23456789abcdef' $i $c >src/$c/$i.pgm
		done
	done
	dset-create -q --gray --size 4x4 -o small src >/dev/null
	sed 's/^layer { name: "prob".*//; s/type: "Input"/include { stage: "deploy" } &/' \
	    model/deploy.prototxt >train
	cat >>train <<-E
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label"
	  top: "loss" exclude { stage: "deploy" } }
	E
}

setup() {
	cd "$D" || exit
	odd_rows weights
}

try_infer() {
	rm -rf run && cp -r model run
	cp "$1" run/
	case $1 in
	*.caffemodel | *.h5) ;;
	*) mv "run/${1#*/}" run/w.caffemodel ;;
	esac
	timeout 20 model-infer -q -m run --device cpu x.pgm
}

try_import() {
	timeout 20 model-import -q -o x --net model/deploy.prototxt --weights "$1" \
	    --labels model/labels.txt
}

try_train() {
	timeout 20 model-train -q -d small -n train -p "$1" -e 1 --device cpu -o x
}

@test "model-infer" {
	odd_each infer model-infer try_infer
}

@test "model-import" {
	odd_each import model-import try_import
}

@test "model-train -p" {
	odd_each train model-train try_train
}
