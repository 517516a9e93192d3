#!/usr/bin/env bats
# Augmentation by the options of model-train, and dset-show's pictures of it.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 40 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 -o "$D/digits" "$D/few"
	boxes
	export TRAIN="model-train -q --device cpu -b 10"
	export NET="$D/net.prototxt"
	net >"$NET"
}

# A data set of six black pictures with a white square each.
boxes() {
	local i x
	mkdir "$D/pictures" "$D/kitti"
	for i in 0 1 2 3 4 5; do
		x=$((8 + 4 * i))
		{
			printf 'P5 64 48 255\n'
			for y in $(seq 0 47); do
				if [ "$y" -ge 10 ] && [ "$y" -lt 30 ]; then
					head -c "$x" /dev/zero
					head -c 20 /dev/zero | tr '\0' '\377'
					head -c $((44 - x)) /dev/zero
				else
					head -c 64 /dev/zero
				fi
			done
		} >"$D/pictures/$i.pgm"
		echo "car 0 0 0 $x 10 $((x + 20)) 30 0 0 0 0 0 0 0" >"$D/kitti/$i.txt"
	done
	dset-create -q -t detection --images "$D/pictures" --labels "$D/kitti" \
	    --size 64x48 --gray --val 34 -o "$D/cars"
}

# Pictures and boxes, and a loss of the pixels alone.
net() {
	for stage in train val; do
		cat <<-EOF
		layer { name: "$stage-data" type: "Data" top: "data"
		  include { stage: "$stage" } }
		layer { name: "$stage-label" type: "Data" top: "label"
		  include { stage: "$stage" } }
		EOF
	done
	cat <<-EOF
	layer { name: "unread" type: "Silence" bottom: "label"
	  exclude { stage: "deploy" } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 1 } }
	layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss"
	  reduction_param { operation: SUMSQ } loss_weight: 1
	  exclude { stage: "deploy" } }
	EOF
}

refuses() { # STATUS WORDS COMMAND...
	local status_wanted=$1 words=$2
	shift 2
	run "$@" -o "$D/never"
	echo "$output"
	[ "$status" -eq "$status_wanted" ]
	[[ "$output" == *"$words"* ]]
	[ ! -e "$D/never" ]
}

ALL="--mixup 0.4 --cutmix 1 --mix-share 0.8 --erase 0.3 --rand-augment 2,9 --crop-area 0.4,1
    --crop-aspect 0.75,1.33 --quad-rotate all --zoom 0.8,1.2 --translate 0.1 --noise 0.01"

@test "train_val.prototxt holds all of it, and can be trained again" {
	$TRAIN -d "$D/digits" -n lenet -e 2 $ALL --mean none --close-mosaic 1 -o "$D/a"
	for f in 'quad_rotate: ALL' 'zoom_min: 0.8' 'zoom_max: 1.2' 'translate: 0.1' \
	    'area_min: 0.4' 'aspect_min: 0.75' 'aspect_max: 1.33' 'mixup: 0.4' 'cutmix: 1' \
	    'mix_share: 0.8' 'mix_epochs: 1' 'classes: 3' 'erase: 0.3' 'rand_n: 2' 'rand_m: 9' \
	    'noise: 0.01'; do
		[ "$(grep -c "$f\$" "$D/a/train_val.prototxt")" -eq 1 ]
	done
	$TRAIN -d "$D/digits" -n "$D/a/train_val.prototxt" -e 2 --mean none -o "$D/b"
	cmp "$D/a/snapshot_iter_18.caffemodel" "$D/b/snapshot_iter_18.caffemodel"
	cmp "$D/a/first_batch.png" "$D/b/first_batch.png"
}

@test "the same bytes, resumed" {
	$TRAIN -j 2 -d "$D/digits" -n lenet -e 3 $ALL --lr-policy fixed -o "$D/one"
	$TRAIN -j 2 -d "$D/digits" -n lenet -e 2 $ALL --lr-policy fixed -o "$D/two"
	$TRAIN -j 2 --resume -e 3 -o "$D/two"
	cmp "$D/one/snapshot_iter_27.caffemodel" "$D/two/snapshot_iter_27.caffemodel"
}

@test "other options beside --resume are named" {
	$TRAIN -d "$D/digits" -n lenet -e 1 --mixup 0.4 -o "$D/r"
	run ${TRAIN/ -q/} -d "$D/digits" -n lenet --resume --mixup 0.5 --erase 0.1 -o "$D/r"
	[ "$status" -eq 0 ]
	[[ "$output" == *"--mixup 0.5 has no effect with --resume: the training goes on with 0.4"* ]]
	[[ "$output" == *"--erase 0.1 has no effect with --resume"* ]]
}

@test "mosaic, mixup and zoom for boxes" {
	${TRAIN/ -q/} -d "$D/cars" -n "$NET" -b 2 -e 1 --mean none --mosaic 0.5 --mixup 8 \
	    --zoom 0.5,1.5 --hsv 0,0,0.1 -o "$D/m" 2>"$D/log"
	cat "$D/log"
	grep -q -- '--hsv has no effect: the pictures have no colours' "$D/log"
	grep -q 'min_box: 0.1$' "$D/m/train_val.prototxt"
	[ -s "$D/m/first_batch.png" ]
	run dset-show "$D/cars" --montage "$D/m.png" --augment "$D/m"
	[ "$status" -eq 0 ]
	[ -s "$D/m.png" ]
	# a folder with it is a model's, and gives way to another
	$TRAIN -d "$D/cars" -n "$NET" -b 2 -e 1 --mean none -f -o "$D/m"
	! grep -q augment_param "$D/m/train_val.prototxt" || false
}

@test "what cannot be is refused before anything is made" {
	refuses 3 'mosaic is for boxes and masks' $TRAIN -d "$D/digits" -n lenet --mosaic 1
	refuses 3 'these have boxes' $TRAIN -d "$D/cars" -n "$NET" -b 2 --mean none --rand-augment 2,9
	refuses 2 '--zoom 2,1: the first is to be the smaller one' \
	    $TRAIN -d "$D/digits" -n lenet --zoom 2,1
	refuses 2 '--rand-augment 2: two numbers, N,M' $TRAIN -d "$D/digits" -n lenet --rand-augment 2
	refuses 2 'mosaic' $TRAIN -d "$D/digits" -n lenet --mosaic 2
	refuses 2 'close-mosaic 2: the training has 2 epochs' \
	    $TRAIN -d "$D/digits" -n lenet -e 2 --mixup 1 --close-mosaic 2
}

@test "options without effect are named" {
	run ${TRAIN/ -q/} -d "$D/digits" -n lenet -e 1 --close-mosaic 1 --mix-share 0.5 --fill 0 --min-box 0.1 \
	    --crop 24 -o "$D/idle"
	echo "$output"
	for o in close-mosaic mix-share fill min-box; do
		[[ "$output" == *"--$o"*"no effect"* ]]
	done
}

@test "dset-show draws what fields of transform_param do" {
	run dset-show "$D/digits" --montage "$D/d.png" --count 9 \
	    --augment 'crop_size: 24 augment_param { cutmix: 1 rotate: 20 }'
	[ "$status" -eq 0 ]
	dset-show -j 1 "$D/digits" --montage "$D/e.png" --count 9 \
	    --augment 'crop_size: 24 augment_param { cutmix: 1 rotate: 20 }'
	cmp "$D/d.png" "$D/e.png"
	run dset-show "$D/digits" --montage "$D/f.png" --augment 'augment_param { cutmx: 1 }'
	[ "$status" -eq 2 ]
	[[ "$output" == *cutmx* ]]
	run dset-show "$D/digits" --montage "$D/f.png" --augment 'augment_param { erase: 2 }'
	[[ "$output" == *'erase is 2; 0 to 1 is possible'* ]]
	run dset-show "$D/digits" --montage "$D/f.png" --augment "$D/in"
	[ "$status" -ne 0 ]
	run dset-show "$D/digits" -p test --montage "$D/f.png" --augment 'mirror: true'
	[ "$status" -eq 4 ]
	[ ! -e "$D/f.png" ]
}
