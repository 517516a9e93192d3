#!/usr/bin/env bats
# model-infer --view image: what a net puts out is a picture.  The net here has no
# weights: it turns light to dark, or leaves pictures as they are.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net 3 -1 255
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel known
	printf 'P3 2 2 255 255 0 0 0 255 0 10 20 30 0 0 255' >p.ppm
}

# net CHANNELS SCALE SHIFT [LAYERS]
net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: $1 dim: 2 dim: 2 } } }
	layer { name: "out" type: "Power" bottom: "data" top: "out"
	  power_param { scale: $2 shift: $3 } }
	$4
	E
}

infer() {
	run model-infer --device cpu -m m --view image "$@"
	echo "$status: $output"
}

pixels() {
	python3 "$BATS_TEST_DIRNAME/pixels.py" "$@"
}

@test "outputs become pictures, with red where the net has it" {
	infer -o made p.ppm
	[ "$status" -eq 0 ]
	[ "$output" = "p.ppm  2  2" ]
	pixels made/p.png 0,0=0,255,255~0 1,0=255,0,255~0 0,1=245,235,225~0 1,1=255,255,0~0
	# the order of the net's channels, however it is written
	printf '{"channel order": "rgb"}' >m/info.json
	infer -f -o made p.ppm
	pixels made/p.png 0,0=0,255,255~0 1,0=255,0,255~0
	rm m/info.json
	infer --json p.ppm
	[[ "$output" == '{"path": "p.ppm", "width": 2, "height": 2, "channels": 3}' ]]
}

@test "what is black and white: shares, or as asked" {
	net 1 0.00392156863 0 'layer { name: "s" type: "Power" bottom: "out" top: "share" }'
	printf 'P2 2 2 255 0 51 102 255' >g.pgm
	infer --range 0,1 -o made g.pgm
	[ "$status" -eq 0 ]
	pixels made/g.png 0,0=0~0 1,0=51~0 0,1=102~0 1,1=255~0
	infer --range 0,0.4 -o made -f g.pgm
	[[ "$output" == *"cut off: 1 value outside of 0 to 0.4"* ]]
	pixels made/g.png 1,1=255~0 0,1=255~0
	net 1 0 0 'layer { name: "s" type: "Sigmoid" bottom: "out" top: "share" }'
	infer -o made -f g.pgm
	pixels made/g.png 0,0=128~0
	for bad in 1 1,0 a,b 1,; do
		infer --range $bad gone.pgm g.pgm
		[ "$status" -eq 2 ]
		[[ "$output" != *gone.pgm* ]] # before a picture is looked at
		[[ "$output" == *"--range $bad: two numbers LOW,HIGH"* ]]
	done
}

@test "against the targets of a data set" {
	mkdir i t
	cp p.ppm i/a.ppm
	cp p.ppm t/a.ppm
	dset-create -q -t image --images i --targets t --val-images i --val-targets t -o d >/dev/null ||
	    dset-create -q -t image --images i --targets t --val 0 -o d >/dev/null
	net 3 1 2
	infer -d d -p train --summary
	[ "$status" -eq 0 ]
	# 2 more in 9 of 12 values, which the white of 255 has no room for
	[[ "$output" == *"1 image  mse 3  psnr 43.3"* ]]
	infer -d d -p train --summary --require 'psnr>=40' --require 'mse<4'
	[ "$status" -eq 0 ]
	infer -d d -p train --summary --require 'psnr>=50'
	[ "$status" -eq 9 ]
	infer --require 'psnr>=50' p.ppm
	[ "$status" -eq 2 ]
}

@test "a record whose target is no picture is named, and the others go on" {
	python3 -c 'import ctypes; ctypes.CDLL("liblmdb.so.0")' 2>/dev/null ||
	    skip "no python3, or no liblmdb for it"
	net 3 1 0
	infer -o made p.ppm
	head -c 50 made/p.png >broken.png
	python3 "$BATS_TEST_DIRNAME/pairs.py" d files made/p.png broken.png made/p.png made/p.png
	infer --db d --bad bad --summary
	[ "$status" -eq 1 ]
	[[ "$output" == *"1 image  mse 0  "* ]]
	grep -q '"record": 0' bad
}

@test "a net without a picture is refused" {
	net 3 1 0 'layer { name: "p" type: "Pooling" bottom: "out" top: "p"
	  pooling_param { pool: AVE global_pooling: true } }'
	infer p.ppm
	[ "$status" -eq 2 ]
	[[ "$output" == *"the net has no output that is a picture of 1 or 3 channels: it puts out p (1x3x1x1)"* ]]
	infer --masks k p.ppm
	[ "$status" -eq 2 ]
}
