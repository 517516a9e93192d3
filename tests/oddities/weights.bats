#!/usr/bin/env bats
# Odd weights: run, trained from and imported, or refused by name.

load odd

setup_file() {
	odd_setup weights
	cd "$D"
	mkdir model
	cat >model/deploy.prototxt <<-E
	name: "two"
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
	  inner_product_param { num_output: 3 } }
	layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
	  inner_product_param { num_output: 2 } }
	layer { name: "prob" type: "Softmax" bottom: "ip2" top: "prob" }
	E
	printf 'cat\ndog\n' >model/labels.txt
	printf 'P5 4 4 255\n0123456789abcdef' >x.pgm
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

# judge PROGRAM: run try_PROGRAM with each.
judge() {
	local i v wrong=0
	for i in "${!names[@]}"; do
		v=$(odd_verdict "${verdicts[i]}" "$1")
		rm -rf x
		run "try_$1" "weights/${names[i]}"
		if [ "$v" = ok ]; then
			! odd_crashed "${names[i]}" && [ "$status" -eq 0 ] || {
				echo "${names[i]}: exit $status: $output"
				wrong=1
			}
			continue
		fi
		odd_check "${names[i]}" "$v" "${words[i]}" || wrong=1
		if [[ "$output" != *"${names[i]}"* ]]; then
			echo "${names[i]}: not named: $output"
			wrong=1
		fi
		if [ -e x ]; then
			echo "${names[i]}: left something"
			wrong=1
		fi
	done
	return $wrong
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
	judge infer
}

@test "model-import" {
	judge import
}

@test "model-train -p" {
	judge train
}
