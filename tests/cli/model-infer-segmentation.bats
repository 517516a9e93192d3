#!/usr/bin/env bats
# model-infer --view segmentation: the class of each pixel, in the size of the picture
# as it was.  The net here has no weights: blue, green and red are its classes.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net
	printf 'blue\ngreen\nred\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel known
	picture p.ppm 16 8 0,0,4,8,0,0,200 4,0,8,8,0,200,0 12,0,4,8,200,0,0
}

net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: ${1-8} dim: ${2-16} } } }
	layer { name: "prob" type: "Softmax" bottom: "data" top: "prob" }
	E
}

# picture FILE W H X,Y,W,H,R,G,B...: black but for these.
picture() {
	python3 - "$@" <<-'E'
	import sys
	w, h = int(sys.argv[2]), int(sys.argv[3])
	px = bytearray(w * h * 3)
	for word in sys.argv[4:]:
	    x0, y0, bw, bh, *c = (int(v) for v in word.split(','))
	    for y in range(y0, y0 + bh):
	        for x in range(x0, x0 + bw):
	            px[(y * w + x) * 3:(y * w + x) * 3 + 3] = bytes(c)
	open(sys.argv[1], 'wb').write(b'P6 %d %d 255\n' % (w, h) + px)
	E
}

masks() {
	python3 "$BATS_TEST_DIRNAME/masks.py" "$@"
}

infer() {
	run model-infer --device cpu -m m --view segmentation "$@"
	echo "$status: $output"
}

colours=000010ff000000ff00

# Records of 8 x 4, of three colours each; their masks say another thing in places.
make_set() {
	mkdir i k
	picture i/a.ppm 8 4 0,0,4,4,0,0,200 4,0,4,4,0,200,0
	picture i/b.ppm 8 4 0,0,8,2,200,0,0 0,2,8,2,0,200,0
	masks write k/a.png 8 4 ${1-$colours} 0x4 1x4 0x3 255 1x4 0x4 1x4 2x4 1x4
	masks write k/b.png 8 4 ${1-$colours} 2x8 2x7 1 1x8 0x2 1x4 255x2
	printf 'blue\ngreen\nred\n' >names
	dset-create -q -t segmentation --images i --masks k --val-images i --val-masks k \
	    --class-labels names --no-shuffle -o d >/dev/null
}

@test "shares of classes, and masks in the size of the picture" {
	infer --tsv p.ppm
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'p.ppm\tgreen\t0.5\tblue\t0.25\tred\t0.25')" ]
	infer --top 1 p.ppm
	[ "$output" = "p.ppm  green 50.00%" ]
	infer --json p.ppm
	[[ "$output" == *'"classes": [{"label": "blue", "index": 0, "pixels": 32, "share": 0.25}, {"label": "green",'* ]]
	# the net takes another size, and the way back is found
	net 16 8
	infer --masks k --summary p.ppm
	[ "$status" -eq 0 ] && [ -z "$output" ]
	[ "$(masks show k/p.png | sort | uniq -c | tr -s ' ')" = \
	    "$(printf ' 8 0 0 0 0 1 1 1 1 1 1 1 1 2 2 2 2\n 1 16x8')" ]
}

@test "what is cropped away is not seen" {
	printf '{"image resize mode":"crop","image dimensions":[8,8,3]}' >m/info.json
	net 8 8
	infer --masks k p.ppm
	[[ "$output" == "p.ppm  green 50.00%  not seen 50.00%" ]]
	[ "$(masks show k/p.png | sed -n 2p)" = \
	    "255 255 255 255 1 1 1 1 1 1 1 1 255 255 255 255" ]
}

# The net sees each pixel by itself, so that tiles must be as the whole, whatever of them
# lies over another.
@test "tiles are put together to the mask of the whole" {
	infer --summary --masks whole p.ppm
	net 8 8
	for tile in '8x8 --overlap 0.5' '8x8 --overlap 0.3' '8x8 --overlap 0'; do
		# shellcheck disable=SC2086
		infer --summary -f --masks parts --tile $tile p.ppm
		[ "$status" -eq 0 ]
		[ "$(masks show parts/p.png)" = "$(masks show whole/p.png)" ]
	done
	infer --tile 8x8 p.ppm
	[ "$output" = "p.ppm  green 50.00%  blue 25.00%  red 25.00%" ]
}

@test "figures of a data set are those of its masks, worked out by others" {
	make_set
	net 4 8
	model-infer --device cpu -m m --view segmentation -d d -p val --masks found --json --per-class \
	    --confusion matrix.tsv >out
	dset-show d -p val --export truth >/dev/null
	set -- truth/val/masks/*
	masks compare 3 "$1" found/000000000.png "$2" found/000000001.png >want
	python3 - want out <<-'E'
	import json, sys
	want = [float(v) for v in open(sys.argv[1]).read().split()]
	s = json.loads(open(sys.argv[2]).read().splitlines()[-1])['summary']
	have = [s['accuracy'], s['miou'], s['dice']]
	assert all(abs(a - b) < 1e-6 for a, b in zip(have, want)), (have, want)
	assert 0 < s['accuracy'] < 1 and 0 < s['boundary'] < 1, s
	assert s['pixels'] == 61 and s['ignored'] == 3, s
	assert [c['label'] for c in s['classes']] == ['blue', 'green', 'red']
	assert abs(sum(c['iou'] for c in s['classes']) / 3 - s['miou']) < 1e-9
	E
	grep -q '^green' matrix.tsv
	infer -d d -p val --summary --per-class --require 'miou>=0.5' --require 'boundary>=0.1'
	[ "$status" -eq 0 ]
	[[ "$output" == *"2 images, 61 pixels"*"mean IoU"*"boundary F"*"class"*"iou"* ]]
	infer -d d -p val --summary --require 'miou>=0.99'
	[ "$status" -eq 9 ]
	infer -d d -p val --require 'top1>=0.5'
	[ "$status" -eq 2 ]
	[[ "$output" == *'no measurement "top1" (there is: accuracy,'* ]]
}

@test "masks and drawings have the colours of the data set" {
	make_set
	net 4 8
	infer -d d -p val --masks k2 -o drawn --legend --opacity 1
	[ "$status" -eq 0 ]
	[ "$(masks palette k2/000000000.png 3)" = $colours ]
	# blue, as its colour is not black, is drawn too
	python3 "$BATS_TEST_DIRNAME/pixels.py" drawn/000000000.png 0,0=0,0,16 120,60=255,0,0
	[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" drawn/000000000.png size | cut -dx -f1)" -ge 160 ]
	# the model's own, where there is no data set, and others are told of
	printf '{"palette":["#000010","#00ffff"]}' >m/info.json
	infer --masks k3 p.ppm
	[ "$(masks palette k3/p.png 2)" = 00001000ffff ]
	infer -d d -p val --masks k4 --summary
	[[ "$output" == *"class 1 has another colour in d than in the model: the data set's are used"* ]]
	[ "$(masks palette k4/000000000.png 2)" = 000010ff0000 ]
}

@test "outlines alone" {
	infer -o drawn --contour --opacity 1 p.ppm
	[ "$status" -eq 0 ]
	# class 0 stays; of green only the columns beside the others are drawn
	python3 "$BATS_TEST_DIRNAME/pixels.py" drawn/p.png 1,1=0,0,200 7,4=0,200,0 15,1=200,0,0
	run python3 "$BATS_TEST_DIRNAME/pixels.py" drawn/p.png 4,4=0,200,0
	[ "$status" -ne 0 ]
}

@test "one score a pixel: two classes" {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 8 dim: 16 } } }
	layer { name: "shift" type: "Power" bottom: "data" top: "shift"
	  power_param { shift: -60 } }
	layer { name: "prob" type: "Sigmoid" bottom: "shift" top: "prob" }
	E
	printf 'dark\nlight\n' >m/labels.txt
	infer --tsv p.ppm
	[ "$output" = "$(printf 'p.ppm\tdark\t0.5\tlight\t0.5')" ] ||
	    [ "$output" = "$(printf 'p.ppm\tlight\t0.5\tdark\t0.5')" ]
}

@test "scores that are no numbers are told of" {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 16 } } }
	layer { name: "large" type: "Power" bottom: "data" top: "large"
	  power_param { scale: 3e38 } }
	layer { name: "prob" type: "Softmax" bottom: "large" top: "prob" }
	E
	for tile in '' '--tile 8x8'; do
		# shellcheck disable=SC2086
		infer $tile p.ppm
		[ "$status" -eq 0 ]
		[[ "$output" == *"the net's scores are no numbers (NaN) in 1 picture: "* ]]
	done
	picture dark.ppm 16 8
	infer dark.ppm
	[ "$output" = "dark.ppm  blue 100.00%" ]
}

@test "what does not fit is refused" {
	infer --yolo y p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *'--yolo is nothing that the view "segmentation" makes'* ]]
	infer --per-class p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--per-class needs masks to compare with"* ]]
	run model-infer --device cpu -m m --view class --masks k p.ppm
	[ "$status" -eq 2 ] && [ ! -e k ]
	mkdir k && touch k/mine
	infer --masks k -f p.ppm
	[ "$status" -eq 8 ] && [ -e k/mine ]
	cat >>m/deploy.prototxt <<-E
	layer { name: "all" type: "Pooling" bottom: "prob" top: "all"
	  pooling_param { pool: AVE global_pooling: true } }
	E
	infer p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"the net has no output that is a map of classes: it puts out all (1x3x1x1)"* ]]
}

@test "a record whose mask has another size is named, and the others go on" {
	python3 -c 'import ctypes; ctypes.CDLL("liblmdb.so.0")' 2>/dev/null ||
	    skip "no python3, or no liblmdb for it"
	make_set
	net 4 8
	masks write small.png 4 4 $colours 0x16
	dset-show d -p val --export e >/dev/null
	set -- e/val/images/* e/val/masks/*
	python3 "$BATS_TEST_DIRNAME/pairs.py" odd/val_db files "$1" "$3" "$2" small.png
	cp -r odd/val_db odd/train_db
	infer -d odd -p val --summary --bad bad
	[ "$status" -eq 1 ]
	grep -q '"record": 1' bad
	[[ "$output" == *"000000001: record 1: its mask has 4x4 pixels, and the picture 8x4"* ]]
	[[ "$output" == *"1 image, 31 pixels"* ]]
}

@test "the example of the page" {
	cp p.ppm street.jpg
	mv m voc
	example=$(model-infer --help | sed -n '/^Examples:/,$s/^  \(model-infer -m voc .*\)/\1/p')
	[ -n "$example" ]
	bash -euxo pipefail -c "$example"
	[ -s masks/street.png ]
	[ -s drawn/street.png ]
}
