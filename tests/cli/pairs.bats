#!/usr/bin/env bats
# Data sets of features/ and labels/, as DIGITS's plug-ins make them: nets with a
# Data layer for each.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	python3 -c 'import ctypes; ctypes.CDLL("liblmdb.so.0")' 2>/dev/null ||
	    skip "no python3, or no liblmdb for it"
	python3 tests/cli/pairs.py "$D/masks" masks 12 32
	printf 'ground\nsquare\n' >"$D/masks/labels.txt"
	net >"$D/net.prototxt"
	export TRAIN="model-train -q -d $D/masks -b 4 --mean none --device cpu"
}

# Pixels by two convolutions; $1 and $2 go into the data layers of the pictures
# and of the labels.
net() {
	local stage
	for stage in train val; do
		cat <<-EOF
		layer { name: "$stage-data" type: "Data" top: "data"
		  include { stage: "$stage" } $1 }
		layer { name: "$stage-label" type: "Data" top: "label"
		  include { stage: "$stage" } $2 }
		EOF
	done
	cat <<-EOF
	layer { name: "scale" type: "Power" bottom: "data" top: "scaled"
	  power_param { scale: 0.01 shift: -1 } }
	layer { name: "conv" type: "Convolution" bottom: "scaled" top: "conv"
	  convolution_param { num_output: 8 kernel_size: 3 pad: 1
	    weight_filler { type: "msra" } } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	layer { name: "score" type: "Convolution" bottom: "conv" top: "score"
	  convolution_param { kernel_size: 1 weight_filler { type: "msra" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score"
	  bottom: "label" top: "loss" exclude { stage: "deploy" }
	  loss_param { ignore_label: 255 } }
	layer { name: "accuracy" type: "Accuracy" bottom: "score"
	  bottom: "label" top: "accuracy" include { stage: "val" }
	  accuracy_param { ignore_label: 255 } }
	layer { name: "prob" type: "Softmax" bottom: "score" top: "prob"
	  include { stage: "deploy" } }
	EOF
}

@test "a net of two data layers learns pictures and masks" {
	run $TRAIN -n "$D/net.prototxt" -e 20 --lr 0.1 --require 'accuracy>=0.95' -o "$D/m"
	echo "$output"
	[ "$status" -eq 0 ]
	grep -q "source: \"$D/masks/train_db/features\"" "$D/m/train_val.prototxt"
	grep -q "source: \"$D/masks/train_db/labels\"" "$D/m/train_val.prototxt"
	grep -q "source: \"$D/masks/val_db/features\"" "$D/m/train_val.prototxt"
	grep -q "source: \"$D/masks/val_db/labels\"" "$D/m/train_val.prototxt"
	[ "$(grep -c mean_file "$D/m/train_val.prototxt")" -eq 0 ]
	grep -q 'test_iter: 3' "$D/m/solver.prototxt"
}

# What was not yet trained, validated in batches of another size each time: the
# figures are those of all pixels, not means over batches, in which places that do
# not count differ.
@test "figures of a validation are those of its pixels, whatever the batches" {
	for b in 1 5 12; do
		$TRAIN -n "$D/net.prototxt" -b $b -e 1 -o "$D/b$b"
		python3 - "$D/b$b/train.ndjson" <<-'END' >>"$D/figures"
		import json, sys
		v = [json.loads(l) for l in open(sys.argv[1])]
		v = [x['outputs'] for x in v if x['event'] == 'val'][0]
		del v['loss']
		assert list(v) == ['accuracy', 'miou', 'dice', 'class-accuracy',
		    'weighted-iou', 'iou/ground', 'iou/square'], v
		assert abs(v['miou'] - (v['iou/ground'] + v['iou/square']) / 2) < 1e-12
		print({k: round(x, 12) for k, x in v.items()})
		END
	done
	cat "$D/figures"
	[ "$(sort -u "$D/figures" | wc -l)" -eq 1 ]
	grep -q ' iou/square ' "$D/b1/train.log"
	model-show "$D/b1" >"$D/shown"
	grep -q 'miou' "$D/shown" && ! grep -q iou/square "$D/shown"
}

@test "a net without a score gets one, whose figures stop, gate and choose" {
	sed '/name: "accuracy"/,/accuracy_param/d' "$D/net.prototxt" >"$D/bare.prototxt"
	printf '{"task":"segmentation","classes":["ground","square"]}' >"$D/masks/dataset.json"
	run $TRAIN -n "$D/bare.prototxt" -e 20 --lr 0.1 --until 'miou>=0.9' \
	    --require 'iou/square>=0.8' -o "$D/scored"
	rm "$D/masks/dataset.json"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"  miou 0."*" until" ]]
	[[ "$output" != *"iou/square"* ]]
	grep -A 14 'name: "accuracy"' "$D/scored/train_val.prototxt" | grep -q 'ignore_label: 255'
	run $TRAIN -n "$D/net.prototxt" -e 1 --require 'iou/tree>=0.8' -o "$D/x"
	[ "$status" -eq 2 ]
	[[ "$output" == *'no measurement "iou/tree" (there is: loss, accuracy, miou,'* ]]
}

# The moves of the pixels are those of the masks: with a random crop, mirrored and
# turned, it is learned as well.
@test "crop, mirror and rotation take the mask along" {
	run $TRAIN -n "$D/net.prototxt" -e 20 --lr 0.1 --crop 24 --mirror --flip --rotate 10 \
	    --require 'accuracy>=0.95' -o "$D/moved"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "each database is walked once, and none for a dry run" {
	loud=${TRAIN/ -q/ -vv}
	$loud -n "$D/net.prototxt" -e 1 -o "$D/w" 2>"$D/log"
	[ "$(grep -c walked "$D/log")" -eq 4 ]
	[ "$(grep walked "$D/log" | sort -u | wc -l)" -eq 4 ]
	$loud -n "$D/net.prototxt" -e 1 --dry-run -o "$D/w2" 2>"$D/log"
	[ "$(grep -c walked "$D/log")" -eq 0 ]
}

@test "the same bytes when it was stopped and resumed" {
	moved="--lr-policy fixed --crop 24 --mirror --flip --noise 0.01 --rotate 5"
	$TRAIN -n "$D/net.prototxt" -e 4 $moved -o "$D/whole"
	$TRAIN -n "$D/net.prototxt" -e 2 $moved -o "$D/half"
	model-train -q --resume -o "$D/half" -e 4 --device cpu
	cmp "$D/whole/snapshot_iter_12.caffemodel" "$D/half/snapshot_iter_12.caffemodel"
}

@test "the shipped nets of this kind are built and measured" {
	for n in unet fcn-alexnet fcn8s; do
		run model-train -q -d "$D/masks" -n $n -b 1 --mean none --device cpu --dry-run -o "$D/dry"
		echo "$output"
		[ "$status" -eq 0 ]
		[[ "$output" == *"max_iter: 360"* ]]
	done
	python3 tests/cli/pairs.py "$D/boxes" boxes 4 64
	run model-train -q -d "$D/boxes" -n detectnet -b 1 --mean none --device cpu --dry-run -o "$D/dry"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the small ones of this kind are trained and used" {
	for n in unet-small segnet-basic lr-aspp binary-segmentation; do
		run model-train -q -d "$D/masks" -n $n -b 4 -e 1 --mean none --device cpu -o "$D/$n"
		echo "$output"
		[ "$status" -eq 0 ]
		[[ "$output" == *"  accuracy 0."*"  miou 0."* ]]
		run model-infer -q -m "$D/$n" -d "$D/masks" --view segmentation --summary --json --device cpu
		echo "$output"
		[ "$status" -eq 0 ]
		[[ "$output" == *'"images": 12'*'"miou": 0.'* ]]
	done
}

# The masks of the pictures, not means of batches: what model-infer counts is what was
# validated.
@test "a validation and model-infer count the same" {
	$TRAIN -n "$D/net.prototxt" -e 2 --lr 0.1 -o "$D/same"
	model-infer -q -m "$D/same" -d "$D/masks" --view segmentation --summary --json --device cpu >"$D/counted"
	python3 - "$D/same/train.ndjson" "$D/counted" <<-'END'
	import json, sys
	v = [json.loads(l) for l in open(sys.argv[1])]
	v = [x['outputs'] for x in v if x['event'] == 'val'][-1]
	s = json.load(open(sys.argv[2]))['summary']
	assert all(abs(v[k] - s[k]) < 1e-12 for k in
	           ('accuracy', 'miou', 'dice', 'class-accuracy', 'weighted-iou')), (v, s)
	END
}

@test "classes are weighed by the places of the masks" {
	run $TRAIN -n "$D/net.prototxt" -e 1 --class-weights auto -o "$D/weighed"
	[ "$status" -eq 0 ]
	# squares are the smaller part
	grep class_weighting "$D/weighed/train_val.prototxt" |
	    awk '{ v[NR] = $2 } END { exit !(v[1] < 1 && v[2] > 1) }'
}

@test "sources that a net names itself, by a Caffe solver" {
	net "data_param { source: \"$D/masks/train_db/features\" batch_size: 4 }
	    transform_param { crop_size: 24 mirror: true }" \
	    "data_param { source: \"$D/masks/train_db/labels\" batch_size: 4 }" |
	    sed 's/kernel_size: 1 /kernel_size: 1 num_output: 2 /' >"$D/own.prototxt"
	cat >"$D/solver.prototxt" <<-EOF
	net: "$D/own.prototxt" train_state { stage: "train" }
	test_state { stage: "val" } test_iter: 3 test_interval: 20
	base_lr: 0.1 lr_policy: "fixed" momentum: 0.9 max_iter: 60
	EOF
	run model-train -q --solver-file "$D/solver.prototxt" --device cpu \
	    --require 'accuracy>=0.95' -o "$D/solved"
	echo "$output"
	[ "$status" -eq 0 ]
	grep -q 'dim: 24' "$D/solved/deploy.prototxt"
}

@test "labels that do not belong to the pictures are refused" {
	cp -r "$D/masks" "$D/short"
	rm -r "$D/short/train_db/labels"
	cp -r "$D/boxes/train_db/labels" "$D/short/train_db/labels"
	run model-train -q -d "$D/short" -n "$D/net.prototxt" -b 4 --mean none --device cpu -o "$D/x"
	[ "$status" -eq 3 ]
	[[ "$output" == *"labels has 4 records, but"*"has 12"* ]]
	[ ! -e "$D/x" ]
	rm -r "$D/short/train_db/labels"
	run model-train -q -d "$D/short" -n "$D/net.prototxt" -b 4 --mean none --device cpu -o "$D/x"
	[[ "$output" == *"layer train-label reads labels of their own"*"train_db/labels does not exist"* ]]
	[ ! -e "$D/x" ]
}

@test "model-infer reads the pictures, and takes no mask for a class" {
	$TRAIN -n "$D/net.prototxt" -e 1 -o "$D/used"
	run model-infer --db "$D/masks/val_db" --model "$D/used" --device cpu
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'prob  2x32x32' <<<"$output")" -eq 12 ]
	[[ "$output" != *top-1* ]]
}

# DetectNet in small: pictures and boxes into a map of 4x4 cells.
detector() {
	local stage more='detectnet_augmentation_param { crop_prob: 1 shift_x: 8
	    shift_y: 8 flip_prob: 0.5 scale_prob: 0 rotation_prob: 0
	    hue_rotation_prob: 0 desaturation_prob: 0 }'
	for stage in train val; do
		cat <<-EOF
		layer { name: "$stage-data" type: "Data" top: "data"
		  include { stage: "$stage" } }
		layer { name: "$stage-label" type: "Data" top: "label"
		  include { stage: "$stage" } }
		layer { name: "$stage-transform" type: "DetectNetTransformation"
		  bottom: "data" bottom: "label" top: "picture" top: "maps"
		  include { stage: "$stage" } transform_param { mean_value: 100 }
		  detectnet_groundtruth_param { stride: 16 scale_cvg: 0.5
		    image_size_x: 64 image_size_y: 64 } $more }
		EOF
		more=
	done
	cat <<-EOF
	layer { name: "shift" type: "Power" bottom: "data" top: "picture"
	  power_param { shift: -100 } include { stage: "deploy" } }
	layer { name: "slice" type: "Slice" bottom: "maps" top: "cover" top: "rest"
	  slice_param { slice_point: 1 } exclude { stage: "deploy" } }
	layer { name: "silence" type: "Silence" bottom: "rest" exclude { stage: "deploy" } }
	layer { name: "small" type: "Pooling" bottom: "picture" top: "small"
	  pooling_param { pool: AVE kernel_size: 16 stride: 16 } }
	layer { name: "scale" type: "Power" bottom: "small" top: "scaled"
	  power_param { scale: 0.02 } }
	layer { name: "conv" type: "Convolution" bottom: "scaled" top: "conv"
	  convolution_param { num_output: 16 kernel_size: 3 pad: 1
	    weight_filler { type: "msra" } } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	layer { name: "found" type: "Convolution" bottom: "conv" top: "found"
	  convolution_param { num_output: 1 kernel_size: 1
	    weight_filler { type: "msra" } } }
	layer { name: "loss" type: "EuclideanLoss" bottom: "found" bottom: "cover"
	  top: "loss" exclude { stage: "deploy" } }
	EOF
}

@test "boxes are learned through DetectNetTransformation" {
	python3 tests/cli/pairs.py "$D/found" boxes 24 64
	detector >"$D/detector.prototxt"
	# nothing found is a loss of 2: four of 16 cells are covered
	run model-train -q -d "$D/found" -n "$D/detector.prototxt" -b 8 -e 60 --lr 0.01 \
	    --solver adam --mean none --device cpu --require 'loss<=0.5' -o "$D/finder"
	echo "$output"
	[ "$status" -eq 0 ]
	# boxes go with their pictures, and not on their own
	sed 's/name: "train-label" type: "Data" top: "label"/&\
		  transform_param { mirror: true }/' "$D/detector.prototxt" >"$D/own.prototxt"
	run model-train -q -d "$D/found" -n "$D/own.prototxt" -b 8 -e 1 --mean none \
	    --device cpu -o "$D/own"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"mirror and crop_size belong to the layer of the pictures"* ]]
	[ ! -e "$D/own" ]
}

@test "boxes of a data set of dset-create: KITTI, COCO, as many as there are" {
	cd "$D"
	python3 - <<'END'
import json, os, random
random.seed(5)
coco = {'images': [], 'annotations': [],
        'categories': [{'id': 7, 'name': 'square'}, {'id': 3, 'name': 'x'}]}
for part, n in ('train', 24), ('val', 12):
    for d in 'images', 'labels':
        os.makedirs('kitti/%s/%s' % (part, d))
    for i in range(n):
        rows = [[(20, 20, 20)] * 64 for _ in range(64)]
        text = ''
        # one square, and in one picture of the training a second one
        for k in range(1 + (part == 'train' and i == 3)):
            x, y = 16 * random.randrange(3), 16 * random.randrange(3)
            for r in rows[y:y + 32]:
                r[x:x + 32] = [(240, 200, 160)] * 32
            text += 'Square 0 0 0 %d %d %d %d 0 0 0 0 0 0 0\n' % (
                x, y, x + 32, y + 32)
            coco['annotations'].append(
                {'id': len(coco['annotations']) + 1, 'image_id': len(coco['images']),
                 'category_id': 7, 'bbox': [x, y, 32, 32]})
        name = 'kitti/%s/images/%02d.ppm' % (part, i)
        open(name, 'wb').write(b'P6 64 64 255 ' + bytes(
            c for r in rows for p in r for c in p))
        open('kitti/%s/labels/%02d.txt' % (part, i), 'w').write(text)
        coco['images'].append({'id': len(coco['images']),
                               'file_name': name.split('/', 1)[1]})
json.dump(coco, open('coco.json', 'w'))
END
	dset-create -t detection --images kitti/train/images --labels kitti/train/labels \
	    --val-images kitti/val/images --val-labels kitti/val/labels --min-box 32 --duplicates ignore \
	    --classes square -o squares
	grep -q '"count": 24' squares/dataset.json
	detector >detector.prototxt
	run model-train -q -d squares -n detector.prototxt -b 8 -e 60 --lr 0.01 \
	    --solver adam --mean pixel --device cpu --require 'loss<=0.5' -o squares.model
	echo "$output"
	[ "$status" -eq 0 ]
	# class 2 of COCO's, which the layer takes for no object
	dset-create -t detection --images kitti --labels coco.json --val 25 \
	    --duplicates ignore -o other
	[ "$(sed -n 3p other/labels.txt)" = square ]
	run model-train -q -d other -n detector.prototxt -b 8 -e 2 --mean none \
	    --device cpu -o other.model
	echo "$output"
	[ "$status" -eq 0 ]
	[ -s other.model/labels.txt ]
}

@test "masks of a data set of dset-create, edges not counted, any sizes" {
	cd "$D"
	python3 - <<'END'
import os, random
random.seed(7)
for part, n in ('train', 16), ('val', 8):
    for d in 'pictures', 'areas':
        os.makedirs('%s/%s' % (d, part))
    for i in range(n):
        rows = [[random.randrange(40) for _ in range(32)] for _ in range(32)]
        mask = [[0] * 32 for _ in range(32)]
        x, y = 2 + random.randrange(16), 2 + random.randrange(16)
        for r in range(y - 1, y + 11):
            for c in range(x - 1, x + 11):
                inside = y <= r < y + 10 and x <= c < x + 10
                mask[r][c] = 1 if inside else 255
                # what is not counted looks like either
                rows[r][c] = 200 + random.randrange(40) if inside else random.choice([20, 220])
        for name, v in ('pictures/%s/%02d.pgm', rows), ('areas/%s/%02d.pgm', mask):
            open(name % (part, i), 'wb').write(
                b'P5 32 32 255\n' + bytes(c for r in v for c in r))
END
	printf 'ground\nsquare\n' >names
	dset-create -t segmentation --images pictures/train --masks areas/train \
	    --val-images pictures/val --val-masks areas/val --class-labels names -o areas.set
	train="model-train -q -n net.prototxt -b 4 --device cpu"
	run $train -d areas.set --mean none -e 20 --lr 0.1 --require 'accuracy>=0.98' -o areas.model
	echo "$output"
	[ "$status" -eq 0 ]
	cmp names areas.model/labels.txt
	run $train -d areas.set --mean none -e 2 --crop 24 --mirror --rotate 10 -o moved.areas
	[ "$status" -eq 0 ]
	# Pictures of several sizes have to be brought to one.
	for d in pictures areas; do
		printf 'P5\n40\n24\n255\n%960s' '' | tr ' ' '\1' >$d/train/z.pgm
	done
	dset-create -t segmentation --images pictures/train --masks areas/train --val 0 \
	    --class-labels names --no-same-shape -o any.set
	run $train -d any.set --mean none -b 1 -e 1 -o any.model
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"any.set: its pictures have several sizes"*"dset-create --size"* ]]
	[ ! -e any.model ]
}

@test "a third data layer reads a column of its own name" {
	python3 tests/cli/pairs.py "$D/three" both 8 32
	cp "$D/masks/labels.txt" "$D/three"
	{
		net
		for stage in train val; do
			echo "layer { name: '$stage-boxes' type: 'Data' top: 'boxes'
			    include { stage: '$stage' } }"
		done
		echo "layer { name: 'silence' type: 'Silence' bottom: 'boxes'
		    exclude { stage: 'deploy' } }"
	} >"$D/three.prototxt"
	run model-train -q -d "$D/three" -n "$D/three.prototxt" -b 4 -e 1 --mean none \
	    --mirror --crop 24 --device cpu -o "$D/third"
	echo "$output"
	[ "$status" -eq 0 ]
	grep -q "source: \"$D/three/val_db/boxes\"" "$D/third/train_val.prototxt"
	sed 's/val-boxes/again/; s/train-boxes/again/' "$D/third/original.prototxt" >"$D/x.prototxt"
	echo "layer { name: 'more' type: 'Data' top: 'boxes' include { stage: 'train' } }" >>"$D/x.prototxt"
	run model-train -q -d "$D/three" -n "$D/x.prototxt" -b 4 -e 1 --mean none --device cpu -o "$D/y"
	[ "$status" -ne 0 ]
	[[ "$output" == *"layers again and more both give boxes at stage train"* ]]
}

@test "a source that the net names is told of, and the data set is read" {
	net 'data_param { source: "/nowhere/features" }' >"$D/named.prototxt"
	run model-train -d "$D/masks" -n "$D/named.prototxt" -b 4 -e 1 --mean none --device cpu -o "$D/named"
	[ "$status" -eq 0 ]
	[[ "$output" == *"layer train-data: the data set takes the place of /nowhere/features (Data)"* ]]
}
