#!/usr/bin/env bats
# model-infer --windows: what is in regions of pictures that were proposed.  The net
# here has no weights: a window is blue, green or red by the mean of its pixels.

load cells

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net 'layer { name: "prob" type: "Softmax" bottom: "ten" top: "prob" }'
	printf 'blue\ngreen\nred\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel known
	picture p.ppm 8,12,255,0,0 24,36,0,204,0
	picture q.ppm 0,0,0,0,255
}

net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 16 dim: 16 } } }
	layer { name: "mean" type: "Pooling" bottom: "data" top: "mean"
	  pooling_param { pool: AVE global_pooling: true } }
	layer { name: "flat" type: "Flatten" bottom: "mean" top: "flat" }
	layer { name: "ten" type: "Power" bottom: "flat" top: "ten"
	  power_param { scale: 0.0392156863 } }
	$1
	E
}

# The same windows in the three forms: red, red again with an IoU of 7/9, green, and
# one of another picture.
forms() {
	printf '%s\n' 'p.ppm 8 12 16 24' 'p.ppm 9 12 17 24' \
	    'q.ppm	0 0 8.0 12' 'p.ppm 24 36 32 48' '' >plain
	printf '%s\r\n' 'filename,ymin,xmin,ymax,xmax' 'p.ppm,12,8,24,16' \
	    'p.ppm,12,9,24,17' 'q.ppm,0,0,12,8' 'p.ppm,36,24,48,32' >csv
	printf '%s\n' '# 0' p.ppm 3 48 32 3 '1 1 8 12 15 23' '0 0.2 9 12 16 23' \
	    '2 0.9 24 36 31 47' '# 1' q.ppm 3 48 32 1 '0 0 0 0 7 11' >caffe
}

@test "a box for each window of a class, the best of those that overlap" {
	forms
	for f in plain csv caffe; do
		infer --tsv --context 0 --windows $f
		[ "$status" -eq 0 ]
		[ "${#lines[@]}" -eq 3 ]
		[[ "${lines[0]}" == $'p.ppm\tred\t0.9999'*$'\t8.00\t12.00\t16.00\t24.00' ]]
		[[ "${lines[1]}" == $'p.ppm\tgreen\t0.999'*$'\t24.00\t36.00\t32.00\t48.00' ]]
		[[ "${lines[2]}" == $'q.ppm\tblue\t0.9999'*$'\t0.00\t0.00\t8.00\t12.00' ]]
	done
	infer --tsv --context 0 --windows - <caffe
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	printf '%s\n' 'ymin,xmin,ymax,xmax,Filename' '12,8,24,16,p.ppm' >last
	infer --tsv --context 0 --windows last
	[[ "$output" == $'p.ppm\tred\t0.9999'* ]]
	infer --tsv --context 0 --nms 0.9 --windows plain
	[ "${#lines[@]}" -eq 4 ]
}

# 4 of 16 pixels of context: 20 to 36 and 30 to 54, both inside, as WindowData counts.
# 12 of 17 columns and 18 of 25 rows lie in the picture: 11 x 12 of 16 x 16 pixels, of
# which 2/3 x 2/3 are green.  10 * 0.8 * 58.7 / 256 = 1.83; e^1.83 / (e^1.83 + 2) = 0.757.
@test "context is what is around a window in the picture" {
	echo 'p.ppm 24 36 32 48' >w
	infer --tsv --context 4 --windows w
	[[ "$output" == $'p.ppm\tgreen\t0.757'*$'\t24.00\t36.00\t32.00\t48.00' ]]
	infer --context 8 --windows w
	[ "$status" -eq 3 ]
	[[ "$output" == *'a context of 8 pixels on each side leaves nothing of 16'* ]]
}

@test "scores that are no probabilities: what is greater than 0" {
	net 'layer { name: "fc" type: "Power" bottom: "ten" top: "fc" power_param { shift: -5 } }'
	forms
	infer --tsv --context 0 --windows csv
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ "${lines[0]}" == $'p.ppm\tred\t5\t8.00'* ]]
	[[ "${lines[1]}" == $'p.ppm\tgreen\t3\t24.00'* ]]
	infer --context 0 --windows csv
	[[ "${lines[0]}" == "p.ppm  red  5  "* ]]
}

@test "files of boxes, folders in front" {
	forms
	mkdir pics && mv ./*.ppm pics
	infer -q --context 0 --windows plain --root pics -o drawn --coco c.json --yolo y
	[ "$status" -eq 0 ]
	[ -s drawn/p.png ] && [ -s y/q.txt ]
	[ "$(grep -c '"bbox": ' c.json)" -ge 3 ]
}

@test "what is wrong is said" {
	bad() { # STATUS SENTENCE LINE...
		want=$1 say=$2
		shift 2
		printf '%s\n' "$@" >w
		infer --context 0 --windows w
		[ "$status" -eq "$want" ] && [[ "$output" == *"$say"* ]]
	}
	bad 3 'w:1: PATH LEFT TOP RIGHT BOTTOM is wanted' 'p.ppm 1 2 3'
	bad 3 'w:2: PATH LEFT TOP RIGHT BOTTOM is wanted' 'p.ppm 1 2 3 4' 'p.ppm 1 2 3 nan'
	bad 3 "w:1: a window's right and bottom are behind its left and top" 'p.ppm 4 4 4 8'
	bad 3 'w:1: no column is called xmax' 'filename,xmin,ymin,ymax'
	bad 3 'w:2: has fewer columns' 'filename,xmin,ymin,xmax,ymax' 'p.ppm,1,2,3'
	bad 3 'is an HTML page' '<!DOCTYPE html>' '<html>'
	bad 3 'has no windows' ''
	bad 1 'gone.ppm' 'gone.ppm 1 2 3 4' 'p.ppm 8 12 16 24'
	bad 1 'window 40,2 to 50,4 is not in the picture of 32x48' 'q.ppm 40 2 50 4' 'p.ppm 8 12 16 24'
	mkdir pics && cp p.ppm pics
	bad 1 'pics/p.ppm: no window is of this picture' 'pics 8 12 16 24'
	infer --windows gone
	[ "$status" -eq 4 ]
	infer --windows w p.ppm
	[ "$status" -eq 2 ]
	infer --view class --windows w
	[ "$status" -eq 2 ]
	[[ "$output" == *'--windows is nothing that the view "class" makes'* ]]
	printf '%s\n' 'layer { name: "data" type: "Input" top: "data" input_param {' \
	    'shape { dim: 1 dim: 3 dim: 16 dim: 16 } } } layer { name: "map" top: "map"' \
	    'type: "Power" bottom: "data" }' >m/deploy.prototxt
	infer --context 0 --windows w
	[ "$status" -eq 2 ]
	[[ "$output" == *'the net has no scores of classes'* ]]
}
