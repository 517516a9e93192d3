#!/usr/bin/env bats
# model-infer --view boxes: what a net found, in pixels of the pictures as they were.
# The nets here have no weights: coverage is how blue, green and red each of 4 x 4
# cells is, and the box of a cell goes from 2 left and 1 above its corner to 6 right
# and 5 below it.

load cells

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net 'layer { name: "bboxes" type: "Concat" bottom: "l" bottom: "t"
	  bottom: "r" bottom: "b" top: "bboxes" }'
	printf 'dontcare\nblue\ngreen\nred\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel known
	picture p.ppm 8,12,255,0,0 24,36,0,204,0
}

net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 16 dim: 16 } } }
	layer { name: "share" type: "Power" bottom: "data" top: "share"
	  power_param { scale: 0.00392156863 } }
	layer { name: "coverage" type: "Pooling" bottom: "share" top: "coverage"
	  pooling_param { pool: AVE kernel_size: 4 stride: 4 } }
	layer { name: "s" type: "Slice" bottom: "coverage" top: "s0" top: "s1"
	  top: "s2" }
	layer { name: "l" type: "Power" bottom: "s0" top: "l"
	  power_param { scale: 0 shift: -2 } }
	layer { name: "t" type: "Power" bottom: "s0" top: "t"
	  power_param { scale: 0 shift: -1 } }
	layer { name: "r" type: "Power" bottom: "s1" top: "r"
	  power_param { scale: 0 shift: 6 } }
	layer { name: "b" type: "Power" bottom: "s2" top: "b"
	  power_param { scale: 0 shift: 5 } }
	$1
	E
}

@test "boxes are the view of a net that has them, in pixels of the picture" {
	infer --tsv p.ppm
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[0]}" == $'p.ppm\tred\t0.8'*$'\t4.00\t9.00\t20.00\t27.00' ]]
	[[ "${lines[1]}" == $'p.ppm\tgreen\t0.7'*$'\t20.00\t33.00\t32.00\t48.00' ]]
	infer p.ppm
	[[ "${lines[0]}" == "p.ppm  red  8"*"%  4.00  9.00  20.00  27.00" ]]
	infer --threshold 0.95 p.ppm
	[ "$output" = "p.ppm  no boxes" ]
	infer --threshold 0.95 --tsv p.ppm
	[ -z "$output" ]
	infer --json --threshold 0.8 p.ppm
	[[ "$output" == '{"path": "p.ppm", "width": 32, "height": 48, "boxes": [{"label": "red", "index": 3, "score": 0.8'*', "box": [4, 9, 20, 27]}]}' ]]
}

@test "other views of the same net, and views that do not fit another" {
	infer --view raw --tsv p.ppm
	[ "$status" -eq 0 ]
	[[ "$output" == *$'p.ppm\tbboxes\t4x4x4\t-2\t'* ]]
	infer --outputs coverage p.ppm
	[[ "$output" == *"p.ppm  coverage  3x4x4  "* ]]
	net 'layer { name: "last" type: "Concat" bottom: "l" bottom: "t"
	  top: "last" }'
	infer --view boxes p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *'--view boxes: the net has no output that is boxes: it puts out last (1x2x4x4)'* ]]
	infer --coco c.json p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *'--coco is nothing that the view "class" makes'* ]]
	net 'layer { name: "bboxes" type: "Concat" bottom: "l" bottom: "t"
	  bottom: "r" bottom: "b" top: "bboxes" }'
	infer --crop ten p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--crop ten: the view \"boxes\" is about places"* ]]
	net 'layer { name: "last" type: "Concat" bottom: "l" bottom: "t"
	  top: "last" }'
	infer --nms 0.5 p.ppm
	[ "$status" -eq 0 ]
	[[ "$output" == *'--nms has no effect on the view "class"'* ]]
	[ ! -e c.json ]
}

# The sizes of the deploy net are not always those of pictures: here it cannot be made
# before the first of these.
@test "a net that is known with the first picture has the same classes" {
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel known cover:3x3x4x4,3
	for side in 16 1; do
		net 'layer { name: "bboxes" type: "Concat" bottom: "l" bottom: "t"
		  bottom: "r" bottom: "b" top: "bboxes" }'
		python3 - $side <<-'E'
		import re, sys
		s = open('m/deploy.prototxt').read().replace('dim: 16', 'dim: ' + sys.argv[1])
		s = re.sub('layer { name: "coverage".*?} }', """layer { name: "cover"
		  type: "Convolution" bottom: "share" top: "coverage" convolution_param {
		  num_output: 3 kernel_size: 4 stride: 4 } }""", s, flags=re.S)
		open('m/deploy.prototxt', 'w').write(s)
		E
		infer --view boxes --no-resize --threshold 0.01 --tsv p.ppm
		[ "$status" -eq 0 ]
		[[ "$output" == *blue* && "$output" != *dontcare* ]]
		[ -z "$before" ] || [ "$output" = "$before" ]
		before=$output
	done
}

@test "rows of SSD: a letterbox, its ground and the way back" {
	net 'layer { name: "none" type: "Power" bottom: "s0" top: "none"
	  power_param { scale: 0 shift: 0 } }
	layer { name: "all" type: "Concat" bottom: "none" bottom: "coverage" top: "all" }
	layer { name: "by-place" type: "Permute" bottom: "all" top: "by-place"
	  permute_param { order: 0 order: 2 order: 3 order: 1 } }
	layer { name: "conf" type: "Flatten" bottom: "by-place" top: "conf" }
	layer { name: "zero" type: "Concat" bottom: "none" bottom: "none" bottom: "none"
	  bottom: "none" top: "zero" }
	layer { name: "loc" type: "Flatten" bottom: "zero" top: "loc" }
	layer { name: "prior" type: "PriorBox" bottom: "coverage" bottom: "data"
	  top: "prior" prior_box_param { min_size: 4 variance: 0.1 } }
	layer { name: "found" type: "DetectionOutput" bottom: "loc" bottom: "conf"
	  bottom: "prior" top: "found" detection_output_param { num_classes: 4
	  background_label_id: 0 keep_top_k: 10 code_type: CENTER_SIZE
	  confidence_threshold: 0.01 nms_param { nms_threshold: 0.5 } } }'
	printf '{"image dimensions": [16, 16, 3], "image resize mode": "letterbox"}' >m/info.json
	picture q.ppm 10,12,255,0,0
	infer --tsv --threshold 0.5 p.ppm q.ppm
	[ "$status" -eq 0 ]
	# 48 rows are 16; 32 columns are 12, so that 2 are left on both sides
	[[ "$output" == *$'q.ppm\tred\t0.'* ]]
	model-infer --device cpu -m m --json --threshold 0.5 q.ppm >got
	python3 - <<-'E'
	import json
	b = json.loads(open('got').readline())['boxes']
	assert [x['label'] for x in b] == ['red'], b
	# cell 1,1 of the input, 4..8 each way
	for have, want in zip(b[0]['box'], [(4 - 2) / .375, 12, (8 - 2) / .375, 24]):
	    assert abs(have - want) < 1e-3, b
	E
	# without dontcare in front: the background is what labels.txt lacks
	printf 'blue\ngreen\nred\n' >m/labels.txt
	infer --tsv --threshold 0.5 q.ppm
	[[ "$output" == *$'q.ppm\tred\t0.'* ]]
}

@test "DIGITS's lists by --compat" {
	net 'layer { name: "bboxes" type: "Concat" bottom: "l" bottom: "t"
	  bottom: "r" bottom: "b" top: "bboxes" }
	layer { name: "cluster" type: "Python" bottom: "coverage" bottom: "bboxes"
	  top: "list0" top: "list1" top: "list2" python_param {
	  module: "caffe.layers.detectnet.clustering" layer: "ClusterDetections"
	  param_str: "16, 16, 4, 0.6, 1, 0.9, 2, 3" } }'
	picture two.ppm 8,12,255,0,0 16,12,255,0,0
	infer --tsv two.ppm
	[ "${#lines[@]}" -eq 2 ]
	infer --tsv --compat two.ppm
	[ "$status" -eq 0 ]
	# both are one, of the logarithm of two
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == $'two.ppm\tred\t0.693'* ]]
	net 'layer { name: "bboxes" type: "Concat" bottom: "l" bottom: "t"
	  bottom: "r" bottom: "b" top: "bboxes" }'
	infer --compat two.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"no ClusterDetections"* ]]
}

@test "pictures: frames, what is below them, and nothing elsewhere" {
	infer -o out --opacity 0.5 --line 2 p.ppm
	[ "$status" -eq 0 ]
	# seven times as large, so that words can be read
	[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" out/p.png size)" = 224x336x3 ]
	# red is the third colour: 1e8449; its frame, half of it inside, none outside
	python3 "$BATS_TEST_DIRNAME/pixels.py" out/p.png 29,150=30,132,73~4 \
	    40,180=15,66,36~4 100,150=142,66,36~4 10,100=0,0,0 200,100=0,0,0
	[ -e out/.nnutils-files ]
	infer -o out p.ppm
	[ "$status" -eq 8 ]
	touch out/mine
	infer -f -o out p.ppm
	[ "$status" -eq 8 ]
	[[ "$output" == *mine* ]]
	rm out/mine
	infer -f -o out p.ppm
	[ "$status" -eq 0 ]
	[ "$(ls out)" = p.png ]
	mkdir d
	touch d/x
	infer -f -o d p.ppm
	[ "$status" -eq 8 ]
	[ -e d/x ]
}

@test "tiles: each is run by itself, and an object in two of them is one" {
	# 16 x 16 pixels a tile, so that cells are 4 x 4 of the picture
	infer --tsv --tile 16x16 --overlap 0.5 p.ppm
	[ "$status" -eq 0 ]
	echo "$output" | grep -c $'\tred\t' >n
	infer --tsv --tile 16x16 --overlap 0.5 --nms 1 p.ppm
	[ "$(grep -c $'\tred\t' <<<"$output")" -gt "$(cat n)" ]
	# tiles as large as the picture are no tiles
	infer --tsv p.ppm
	want=$output
	infer --tsv --tile 100x100 p.ppm
	[ "$output" = "$want" ]
	# two cells beside one another, in one tile or in two, one batch or several
	for b in 1 2 5; do
		infer --tsv --tile 16x24 --overlap 0 -b "$b" p.ppm p.ppm
		[ "$status" -eq 0 ]
		[ "$(grep -c $'\tgreen\t' <<<"$output")" -ge 2 ]
		[ "$b" = 1 ] && first=$output
		[ "$output" = "$first" ]
	done
	infer --view raw --tile 16x16 p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--tile is nothing that the view"* ]]
}

@test "two pictures of one name have two files" {
	mkdir a b
	cp p.ppm a/p.ppm
	cp p.ppm b/p.jpg
	infer -o out --yolo y a/p.ppm b/p.jpg
	[ "$status" -eq 0 ]
	[ "$(ls out | tr '\n' ' ')" = "p-2.png p.png " ]
	[ "$(ls y | tr '\n' ' ')" = "p-2.txt p.txt " ]
}

@test "files of COCO and YOLO, and what is in the boxes" {
	cp p.ppm 000000042.ppm
	infer --coco c.json --yolo y --crops crops 000000042.ppm p.ppm
	[ "$status" -eq 0 ]
	python3 - <<-'E'
	import json
	r = json.load(open('c.json'))
	assert [x['image_id'] for x in r] == [42, 42, 'p', 'p'], r
	assert r[0]['category_id'] == 3 and r[0]['bbox'] == [4, 9, 16, 18], r
	E
	[[ "$(cat y/p.txt)" == "2 0.375000 0.375000 0.500000 0.375000 0.8"*"1 0.812500 0.843750 0.375000 0.312500 0.7"* ]]
	[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" crops/red/p-1.png size)" = 16x18x3 ]
	python3 "$BATS_TEST_DIRNAME/pixels.py" crops/red/p-1.png 0,0=0,0,0 4,3=255,0,0 11,14=255,0,0 12,3=0,0,0
	[ "$(ls crops/green | tr '\n' ' ')" = "000000042-2.png p-2.png " ]
	infer --coco c.json p.ppm
	[ "$status" -eq 8 ]
	infer --crops crops p.ppm
	[ "$status" -eq 8 ]
	# what the first write that failed says, not one behind it
	for i in 1 2 3 4 5 6; do set -- "$@" 000000042.ppm 000000042.ppm; done
	run sh -c 'ulimit -f 1; exec model-infer --device cpu -q -m m --tile 16x16 --coco full.json "$@"' sh "$@"
	[ "$status" -eq 5 ]
	[[ "$output" == *"write full.json: File too large"* ]]
	[ ! -e full.json ]
}

# A data set of three pictures: one found, one beside, one missed; and what may be
# found or not.
cars() {
	mkdir -p images labels
	picture images/a.ppm 8,12,255,0,0
	picture images/b.ppm 8,12,240,0,0
	picture images/c.ppm 8,12,200,0,0 24,36,0,0,204
	line='0 0 0 %s 0 0 0 0 0 0 0\n'
	printf "red $line" '4 9 20 27' >labels/a.txt
	printf "red $line" '16 30 32 48' >labels/b.txt
	printf "red ${line}DontCare $line" '4 9 20 27' '18 30 32 48' >labels/c.txt
	dset-create -q -t detection --images images --labels labels \
	    --val-images images --val-labels labels --label-format kitti \
	    --classes blue,green,red --min-box 0 --size 32x48 -o set
}

@test "figures of a data set, each worked out by hand" {
	cars
	infer -d set --json --per-class --summary
	[ "$status" -eq 0 ]
	echo "$output" | tail -1 >got
	python3 - <<-'E'
	import json, math
	s = json.load(open('got'))['summary']
	# scores .89 .83 .69 of class red: right, wrong, right of 3; blue lies where
	# nobody cares
	assert (s['images'], s['objects']) == (3, 3), s
	close = lambda a, b: abs(a - b) < 1e-9 or print(a, b)
	third = 2 / 3
	# recall 1/3 at precision 1, 2/3 at 2/3: points of 0, .01 ..: 34 and 33
	assert close(s['ap50'], (34 + 33 * third) / 101), s
	assert close(s['ap'], s['ap50']) and close(s['ap75'], s['ap50']), s
	assert close(s['voc07'], (4 + 3 * third) / 11), s
	assert close(s['voc10'], (1 + third) / 3), s
	assert close(s['precision'], third) and close(s['recall'], third), s
	assert s['ap_small'] is not None and s['ap_large'] is None, s
	assert [c['label'] for c in s['classes'] if c['objects']] == ['red'], s
	# one batch of 3: DIGITS says precision by recall
	assert close(s['digits_map'], third * third), s
	E
	infer -d set --summary --require 'ap50>=0.55'
	[ "$status" -eq 0 ]
	[[ "$output" == *"3 images, 3 objects, "* ]]
	[[ "$output" == *'"mAP" of DIGITS'* ]]
	infer -d set --summary --require 'ap50>=0.6'
	[ "$status" -eq 9 ]
	infer -d set --summary --tsv
	[[ "$output" == *$'ap50\t0.55'* ]]
	# numbers of pictures and classes are those of the exported labels
	dset-show set -p val --export out --label-format coco
	infer -d set --coco c.json --threshold 0.85
	python3 - <<-'E'
	import json
	g = json.load(open('out/annotations/instances_val.json'))
	r = json.load(open('c.json'))
	red = [c['id'] for c in g['categories'] if c['name'] == 'red'][0]
	truths = {(t['image_id'], tuple(t['bbox'])) for t in g['annotations'] if t['category_id'] == red}
	assert len(r) == 1 and r[0]['category_id'] == red, r
	assert (r[0]['image_id'], tuple(r[0]['bbox'])) in truths, (r, truths)
	E
	infer --db set/val_db --summary --require 'voc10>=0.55'
	[ "$status" -eq 0 ]
}

@test "the examples of the page" {
	cars
	cp p.ppm street.jpg
	mv m cars
	mv set streets
	examples=$(model-infer --help | sed -n '/^Examples:/,$s/^  \(model-infer -m cars .*\)/\1/p')
	[ "$(wc -l <<<"$examples")" -ge 2 ]
	bash -euxo pipefail -c "$examples"
	[ -s found/street.png ]
}

@test "gates and figures that cannot be: said before, or at the first picture" {
	infer p.ppm --require 'ap50>=0.5'
	[ "$status" -eq 2 ]
	[[ "$output" == *"--require needs boxes to compare with"* ]]
	cars
	infer -d set --require 'top1>=0.5'
	[ "$status" -eq 2 ]
	[[ "$output" == *ap50* ]]
	mkdir -p classes/x classes/y
	for i in 1 2 3; do cp p.ppm classes/x/$i.ppm; cp p.ppm classes/y/$i.ppm; done
	dset-create -q --size 16x16 --val 50 -o none classes
	infer --db none/val_db --per-class
	[ "$status" -eq 2 ]
	[[ "$output" == *"--per-class needs boxes"* ]]
}

# The nets have no weights but of one layer: what they find is noise, but boxes.
@test "Faster R-CNN as it is published: boxes are made behind the net" {
	nets=$BATS_TEST_DIRNAME/../golden/detection
	python3 - >p.ppm <<-'E'
	import sys
	sys.stdout.buffer.write(b'P6 160 120 255\n' + bytes(
	    (x * y * (c + 3) // 7) % 256 for y in range(120) for x in range(160) for c in range(3)))
	E
	rm -r m
	mkdir m hand
	sed 's/name: "cls_score"/name: "cls"/' "$nets/faster_rcnn_zf_test.prototxt" >m/deploy.prototxt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel ZF 'cls:21x24,21'
	cp m/* hand/
	cat >>hand/deploy.prototxt <<-'E'
	layer { name: "found" type: "RCNNDetectionOutput" bottom: "rois" bottom: "cls_prob" bottom: "bbox_pred" bottom: "im_info" top: "found" }
	E
	for m in m hand; do
		model-infer -q --allow-missing --device cpu --model $m \
		    --view boxes --threshold 0.06 p.ppm >$m.out 2>err || [ $? -eq 1 ]
	done
	cmp m.out hand.out
	# in pixels of the picture, not of the net
	awk 'NF { n++; if ($4 < 0 || $5 < 0 || $6 > 160 || $7 > 120 || $6 <= $4) bad = 1
		if ($6 > 130) far = 1 } END { exit bad || !far || n < 3 }' m.out
	# the net's own outputs are those that it has
	model-infer -q --allow-missing --device cpu --model m --view raw \
	    --outputs cls_prob p.ppm >raw.out 2>err || [ $? -eq 1 ]
	[ -s raw.out ]
}
