#!/usr/bin/env bats
# model-train --multi-scale: a training whose pictures change their size.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	python3 examples/bccd/shapes.py "$D/drawn" 32 64
	dset-create -q -t detection --images "$D/drawn/images" \
	    --labels "$D/drawn/labels" --classes square,disc,triangle \
	    --min-box 0 -o "$D/shapes" >/dev/null
	cp examples/bccd/small.prototxt "$D/pico.prototxt"
	export MODEL_TRAIN="model-train -d $D/shapes -n $D/pico.prototxt --device cpu -j 1 -b 6 --mean none"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "sizes are drawn by the seed, and a training that is stopped goes on with them" {
	scales="--multi-scale 32-96@1 --ema 0.9"
	$MODEL_TRAIN -e 3 $scales -v -o whole 2>log
	grep -q 'multi-scale: a plan for 96x96' log
	grep -q 'multi-scale: a plan for 32x32' log
	# the size of the data has its plan already
	! grep -q 'a plan for 64x64' log || false
	python3 - <<'END'
import json
t = json.load(open('whole/info.json'))['training']
assert (t['scale_min'], t['scale_max'], t['scale_step'], t['scale_every']) == \
    (32, 96, 32, 1), t
END
	$MODEL_TRAIN -e 3 $scales --time-budget 0.001 -o part 2>/dev/null || [ $? -eq 75 ]
	for _ in $(seq 20); do
		model-train -q --resume --device cpu -j 1 --time-budget 0.001 \
		    -o part 2>/dev/null && break
		[ $? -eq 75 ]
	done
	for f in caffemodel training.caffemodel solverstate; do
		cmp whole/snapshot_iter_18.$f part/snapshot_iter_18.$f
	done
	# others than of one size, and of another seed
	$MODEL_TRAIN -e 3 --ema 0.9 -o one
	$MODEL_TRAIN -e 3 $scales --seed 1 -o other
	! cmp -s whole/snapshot_iter_18.caffemodel one/snapshot_iter_18.caffemodel || false
	! grep -q scale_min one/info.json || false
	! cmp -s whole/snapshot_iter_18.caffemodel other/snapshot_iter_18.caffemodel || false
}

@test "one size is that size, be it the data's" {
	$MODEL_TRAIN -e 1 -o plain
	$MODEL_TRAIN -e 1 --multi-scale 64-64 -v -o same 2>log
	cmp plain/snapshot_iter_6.caffemodel same/snapshot_iter_6.caffemodel
	! grep -q 'multi-scale: a plan' log || false
}

@test "batches whose gradients are added up" {
	$MODEL_TRAIN -e 2 --batch-accumulation 2 --multi-scale 32-64@1 -o m
	[ -e m/snapshot_iter_6.caffemodel ]
}

@test "the memory of the largest size is asked for beforehand" {
	for o in '64-64' '32-96' '32-192'; do
		$MODEL_TRAIN --dry-run -o x --multi-scale "$o" >/dev/null
		$MODEL_TRAIN -v -e 1 -f -o x --multi-scale "$o@1000" 2>&1 |
		    sed -n 's/.*memory: \([0-9]*\) MiB needed.*/\1/p'
	done >need
	[ "$(sort -n need | uniq | wc -l)" -eq 3 ]
	sort -nc need
}

@test "a range test is of the same sizes" {
	model-train -q -d "$D/shapes" -n "$D/pico.prototxt" --device cpu -j 1 -b 6 --mean none \
	    --lr-iterations 12 --lr-find one.tsv >/dev/null || [ $? -eq 1 ]
	model-train -q -d "$D/shapes" -n "$D/pico.prototxt" --device cpu -j 1 -b 6 --mean none \
	    --lr-iterations 12 --multi-scale 32-96@1 --lr-find several.tsv >/dev/null || [ $? -eq 1 ]
	[ "$(wc -l <several.tsv)" -gt 2 ]
	! cmp -s one.tsv several.tsv || false
}

@test "masks go with their pictures" {
	sh "$BATS_TEST_DIRNAME/../../examples/triangles/triangles.sh" t 12 32 1
	dset-create -q -t segmentation --images t/images --masks t/masks \
	    -o set >/dev/null
	cat >net.prototxt <<-'E'
	layer { name: "data" type: "Data" top: "data" include { stage: "train" } data_param { batch_size: 4 } }
	layer { name: "label" type: "Data" top: "label" include { stage: "train" } data_param { batch_size: 4 } }
	layer { name: "data" type: "Data" top: "data" include { stage: "val" } data_param { batch_size: 4 } }
	layer { name: "label" type: "Data" top: "label" include { stage: "val" } data_param { batch_size: 4 } }
	layer { name: "data" type: "Input" top: "data" include { stage: "deploy" } input_param { shape { dim: 1 dim: 1 dim: 32 dim: 32 } } }
	layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 4 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
	layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
	layer { name: "score" type: "Convolution" bottom: "c" top: "score" convolution_param { num_output: 2 kernel_size: 1 weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" include { stage: "deploy" } }
	E
	model-train -q -d set -n net.prototxt --device cpu -j 1 -e 40 --lr 0.1 \
	    --mean none --input-scale 0.004 --multi-scale 16-64/16@1 -o m \
	    --require 'accuracy>=0.9'
}

@test "boxes that are shares stay as they are" {
	sed 's/batch_size: [0-9]*/batch_size: 4/' \
	    "$BATS_TEST_DIRNAME/../golden/detection/ssd48_train.prototxt" >ssd.prototxt
	dset-create -q -t detection --images "$D/drawn/images" --size 48x48 \
	    --labels "$D/drawn/labels" --classes square,disc \
	    --min-box 0 -o two >/dev/null
	model-train -q -d two -n ssd.prototxt --device cpu -j 1 -e 1 -b 4 \
	    --mean none --multi-scale 48-96/16@1 -o m
	[ -e m/snapshot_iter_8.caffemodel ]
}

@test "what cannot be trained so is refused, and nothing is made" {
	run -2 --separate-stderr $MODEL_TRAIN --multi-scale 64-100 -o x
	[ "${stderr_lines[0]}" = "model-train: --multi-scale 64-100: MIN and MAX are multiples of 32, and MIN is not the larger one" ]
	run -2 --separate-stderr $MODEL_TRAIN --multi-scale 64 -o x
	[ "${stderr_lines[0]}" = "model-train: --multi-scale 64: MIN-MAX, MIN-MAX/STEP or MIN-MAX/STEP@ITERATIONS is meant" ]
	# maps that do not meet
	run -3 $MODEL_TRAIN --multi-scale 72-80/8 -o x
	[[ "$output" == *"--multi-scale: at 72x72: "*'layer "backbone.cat0" (Concat)'* ]]
	# weights that depend on the size
	mkdir -p cls/a cls/b
	for i in 0 1 2 3; do
		cp "$D"/drawn/images/*$i.* cls/a
		cp "$D"/drawn/images/*$((i + 4)).* cls/b
	done
	dset-create -q --size 32x24 -o cls.dset cls >/dev/null
	run -3 model-train -q -d cls.dset -n lenet --device cpu --multi-scale 64-96 -o x
	[[ "$output" == *"--multi-scale: at 64x64: layer ip1 has weights 500x"*"at the size of the data: only nets whose weights do not depend on the size"* ]]
	[ ! -e x ]
	# a training keeps the sizes that it has
	$MODEL_TRAIN -e 1 --multi-scale 32-64 -o m
	run -0 model-train --resume -e 1 --device cpu --multi-scale 32-96 -o m
	[[ "$output" == *"--multi-scale 32-96 has no effect with --resume: the training goes on with 32-64"* ]]
}
