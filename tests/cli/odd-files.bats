#!/usr/bin/env bats
# Files as people have them: told by their content, named once, one bad item each.

load small
load servers

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	pictures=("$D"/few/1/*.png)
}

teardown() {
	servers_stop
}

# A JPEG of a lossless kind: its header is enough to tell.
lossless() {
	printf '\377\330\377\303\0\013\010\0\010\0\010\1\1\021\0\377\332\0\010\1\1\0\1\0\0\377\331' >"$1"
}

@test "a folder's pictures are known by content where names do not tell" {
	cp -r "$D/few" f
	rm f/*/*
	cp "${pictures[0]}" f/0/PLAIN
	cp "${pictures[1]}" f/0/photo.dat
	cp "${pictures[2]}" f/0/P.PNG
	cp "${pictures[3]}" f/0/q.jfif
	echo 'not a picture' >f/0/README
	: >f/0/empty
	cp "${pictures[4]}" "${pictures[5]}" f/1/
	rmdir f/2
	run dset-create -q --val 0 -o d f
	[ "$status" -eq 0 ]
	[ "$(sort d/train.txt | sed 's/.*f\///; s/ .*//' | head -n 4 | tr '\n' ' ')" = \
	    "0/P.PNG 0/PLAIN 0/photo.dat 0/q.jfif " ]
	[ "$(wc -l <d/train.txt)" -eq 6 ]
}

@test "what is no file is left out of a folder, and said" {
	cp -r "$D/few" f
	mkfifo f/0/pipe.png f/1/pipe
	ln -s /dev/zero f/2/zero.jpg
	run timeout 30 dset-create -o d f
	[ "$status" -eq 0 ]
	[[ "$output" == *"f/0/pipe.png: a FIFO is left out"* ]]
	[[ "$output" == *"f/1/pipe: a FIFO is left out"* ]]
	[[ "$output" == *"f/2/zero.jpg: a device is left out"* ]]
}

@test "a picture of a kind that is not decoded is one bad item" {
	lossless l.jpg
	run model-infer -m "$D/m" --tsv "${pictures[0]}" l.jpg "${pictures[1]}"
	[ "$status" -eq 1 ]
	[[ $output == *"${pictures[0]}"*"${pictures[1]}"* ]]
	[[ "$output" == *"model-infer: l.jpg: a lossless JPEG (SOF3), which is not decoded"* ]]
	mkdir f f/a f/b
	cp "${pictures[@]:0:3}" f/a
	cp "${pictures[@]:3:3}" f/b
	cp l.jpg f/a
	run dset-create --bad bad -o d f
	[ "$status" -eq 1 ]
	[[ "$output" == *"dset-create: f/a/l.jpg: a lossless JPEG"* ]]
	grep -q '"reason": "a lossless JPEG' bad
}

# says FILE SENTENCE: exit 3, and what the file is.
says() {
	run net-show "$1"
	echo "$1 -> $status: $output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"$1: $2" ]]
}

@test "what is no net is called by what it is" {
	: >empty
	printf '# nothing\n' >comment
	printf 'net: "x"\nbase_lr: 0.1\n' >solver
	printf '<!DOCTYPE html><html></html>\n' >page
	printf '\377\376l\0a\0' >utf16
	cp "$D/few/0/"*.png . && mv "$(ls ./*.png | head -n 1)" picture
	says empty 'holds no layers'
	says comment 'holds no layers'
	says solver 'is a solver, not a net'
	says page 'is an HTML page, not prototxt'
	says utf16 'is UTF-16 text, not prototxt'
	says picture 'is a PNG picture, not prototxt'
	run model-train -q --solver-file "$D/m/deploy.prototxt" -o x
	echo "$status: $output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"deploy.prototxt: is a net, not a solver" ]]
	# a byte order mark and carriage returns are no fault
	{ printf '\357\273\277'; sed 's/$/\r/' "$D/m/deploy.prototxt"; } >dos
	net-show --json dos >a
	net-show --json "$D/m/deploy.prototxt" >b
	cmp a b
}

@test "the words of forks: engines, ceil_mode, layers of SENet, R-FCN, YOLO" {
	cat >net <<-'E'
	engine: "MKL2017"
	input: "data" input_shape { dim: 1 dim: 8 dim: 32 dim: 32 }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  engine: "MKLDNN:DNNL"
	  convolution_param { num_output: 8 kernel_size: 1 engine: MKL2017 } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv"
	  relu_param { engine: MKLDNN } }
	layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
	  pooling_param { kernel_size: 3 stride: 2 ceil_mode: false } }
	layer { name: "up" type: "Upsample" bottom: "data" top: "up"
	  upsample_param { scale: 2 } }
	layer { name: "re" type: "Reorg" bottom: "data" top: "re"
	  reorg_param { stride: 2 } }
	layer { name: "ave" type: "Pooling" bottom: "data" top: "ave"
	  pooling_param { pool: AVE global_pooling: true } }
	layer { name: "se" type: "Axpy" bottom: "ave" bottom: "data"
	  bottom: "data" top: "se" }
	layer { name: "clip" type: "ContinuationIndicator" top: "clip"
	  continuation_indicator_param { time_step: 2 batch_size: 1 } }
	layer { name: "both" type: "Pooling" bottom: "conv" top: "both"
	  pooling_param { kernel_size: 2 ceil_mode: true } }
	E
	run net-show --json net
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *'"pool", "shape": [1, 8, 15, 15]'* ]]
	[[ "$output" == *'"up", "shape": [1, 8, 64, 64]'* ]]
	[[ "$output" == *'"re", "shape": [1, 32, 16, 16]'* ]]
	[[ "$output" == *'"se", "shape": [1, 8, 32, 32]'* ]]
	sed -i 's/ceil_mode: true/& round_mode: FLOOR/' net
	run net-show net
	[ "$status" -eq 3 ]
	[[ "$output" == *'round_mode, ceil_mode and torch_pooling say the same; give one' ]]
}

@test "what forks say beside a net is passed over and named, a layer of theirs is named" {
	cat >net <<-'E'
	name: "ssd of a fork"
	mem_param { optimize_train: true optimize_test: true }
	layer { name: "data" type: "AnnotatedData" top: "data" top: "label"
	  transform_param { mean_value: 104 max_rotation_angle: 3
	    resize_param { prob: 0.1 height: 608 width: 608 interp_mode: AREA }
	    resize_param { prob: 0.1 height: 320 width: 320 interp_mode: LINEAR } }
	  data_param { source: "x" batch_size: 7 disk_reader_threads: 2 backend: SSTABLE }
	  annotated_data_param { yolo_data_type: 1 batch_sampler { max_sample: 1 }
	    label_map_file: "none" } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 4 kernel_size: 1 engine: FPGA }
	  quantization_param { bw_layer_in: 8 fl_params: [1, 2] } }
	layer { name: "quiet" type: "Silence" bottom: "label" }
	E
	run net-show --phase train --input 3x64x64 --json net
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *'"conv", "shape": [7, 4, 64, 64]'* ]]
	for word in 'net:2:1: mem_param' 'net:4:37: max_rotation_angle' \
	    'net:7:42: disk_reader_threads' 'net:7:74: backend: SSTABLE' \
	    'net:8:26: yolo_data_type' \
	    'net:12:3: quantization_param'; do
		[[ "$output" == *"$word is a field of "*" Caffe, and has no effect"* ]]
	done
	cat >>net <<-'E'
	layer { name: "mbox" type: "CPMData" bottom: "conv" bottom: "label"
	  multibox_loss_param { num_classes: 2 speed: 3 } }
	E
	run net-show --phase train --input 3x64x64 net
	[ "$status" -eq 3 ]
	[[ "$output" == *'net: layer "mbox" (line 14): there is no layer type "CPMData" here, only in '"OpenPose's Caffe; --layers FILE.so can bring one" ]]
	sed 's/AnnotatedData/VideoData/; /mbox/,$d' net >film
	run net-show --phase train --input 3x64x64 film
	[ "$status" -eq 0 ]
	# DeepLab's word for dilation
	sed 's/kernel_size: 1 engine: FPGA/kernel_size: 3 hole: 2/' net >holes
	run net-show --phase train --input 3x64x64 --json <(sed '/mbox/,$d' holes)
	[[ "$output" == *'"conv", "shape": [7, 4, 60, 60]'* ]]
	# what would change the answers is no field to pass over
	sed -i 's/engine: FPGA/deformable_group: 2/; /mbox/,$d' net
	run net-show --phase train --input 3x64x64 net
	[ "$status" -eq 3 ]
	[[ "$output" == *'net:11:52: layer.convolution_param: no field "deformable_group"'* ]]
}

@test "types of the form of 2014 that only forks had" {
	cat >net <<-'E'
	layers { name: "data" type: DENSE_IMAGE_DATA top: "data" top: "label"
	  dense_image_data_param { source: "x" batch_size: 2 } }
	layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv"
	  convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
	layers { name: "bn" type: BN bottom: "conv" top: "conv"
	  bn_param { scale_filler { value: 1 } shift_filler { value: 0.001 } } }
	layers { name: "pool" type: POOLING bottom: "conv" top: "pool" top: "mask"
	  pooling_param { kernel_size: 2 stride: 2 } }
	layers { name: "up" type: UPSAMPLE bottom: "pool" bottom: "mask" top: "up"
	  upsample_param { scale: 2 } }
	layers { name: "loss" type: SOFTMAX_LOSS bottom: "up" bottom: "label"
	  loss_param { class_weighting: [0.3, 1, 1, 2] ignore_label: 11 } }
	E
	run net-show --json --phase train --input 3x32x48 net
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *'"up", "shape": [2, 4, 32, 48]'* ]]
	cat >seg <<-'E'
	layers { name: "data" type: IMAGE_SEG_DATA top: "data" top: "label"
	  image_data_param { source: "x" batch_size: 2 } }
	layers { name: "crop" type: CROP bottom: "data" bottom: "data" top: "crop"
	  crop_param { axis: 2 } }
	E
	run net-show --json --phase train --input 3x32x48 seg
	[ "$status" -eq 0 ]
	[[ "$output" == *'"crop", "shape": [2, 3, 32, 48]'* ]]
	echo 'layers { name: "c3" type: CONVOLUTION3D bottom: "up" top: "c3" }' >>net
	run net-show --phase train --input 3x32x48 net
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "c3" (line 13): there is no layer type "CONVOLUTION3D" here, only in '"C3D's Caffe"* ]]
}

@test "a data layer without its data: sizes that the net tells, or that are said" {
	cat >net <<-'E'
	layer { name: "d" type: "ImageData" top: "data" top: "label"
	  image_data_param { batch_size: 4 new_height: 20 new_width: 30 is_color: false } }
	layer { name: "h" type: "HDF5Data" top: "other" top: "points" top: "parts"
	  hdf5_data_param { source: "x" batch_size: 4 } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 6 } }
	layer { name: "map" type: "Convolution" bottom: "data" top: "map"
	  convolution_param { num_output: 5 kernel_size: 3 stride: 2 } }
	layer { name: "l1" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "l1" }
	layer { name: "l2" type: "EuclideanLoss" bottom: "ip" bottom: "points" top: "l2" }
	layer { name: "cut" type: "Slice" bottom: "parts" top: "a" top: "b"
	  slice_param { slice_point: 2 } }
	layer { name: "s" type: "Silence" bottom: "a" bottom: "b" bottom: "other" bottom: "map" }
	E
	run net-show --json net
	[ "$status" -eq 4 ]
	[[ "$output" == *'layer "h" (HDF5Data): the size of its pictures is not known'* ]]
	run net-show --json --input other=4x7 net
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *'"name": "data", "shape": [4, 1, 20, 30]}, {"name": "label", "shape": [4]}'* ]]
	[[ "$output" == *'"name": "other", "shape": [4, 7]}, {"name": "points", "shape": [4, 6]}, {"name": "parts", "shape": [4, 4]}'* ]]
	run net-show --json --input other=4x7 --input points=4x5 net
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "l2" (EuclideanLoss)'* ]]
	run net-show --input othr=4x7 net
	[ "$status" -eq 2 ]
	[[ "$output" == *'--input othr: no data or Input layer makes a blob "othr"'* ]]
	run net-show --input other=4x net
	[ "$status" -eq 2 ]
	# a map of the size of what it is compared with
	sed -i '/"l1"/s/"ip"/"map"/' net
	run net-show --json --input other=4x7 net
	[ "$status" -eq 0 ]
	[[ "$output" == *'{"name": "label", "shape": [4, 1, 9, 14]}'* ]]
}

@test "stages and levels that are asked for or that a net states itself" {
	cat >net <<-'E'
	input: "x" input_shape { dim: 1 dim: 3 }
	layer { name: "a" type: "ReLU" bottom: "x" top: "a" include { stage: "A" } }
	layer { name: "b" type: "TanH" bottom: "x" top: "b" include { stage: "A" stage: "B" } }
	layer { name: "c" type: "Sigmoid" bottom: "x" top: "c" include { min_level: 2 } }
	layer { name: "d" type: "AbsVal" bottom: "x" top: "d" }
	E
	names() {
		net-show --tsv "$@" net | cut -f 1 | tr '\n' ' '
	}
	[[ $(names) == *"input d "* ]]
	[[ $(names --stage A) == *"input a d "* ]]
	[[ $(names --stage A --stage B) == *"input a b d "* ]]
	[[ $(names --level 2) == *"input c d "* ]]
	echo 'state { stage: "A" level: 3 }' >>net
	[[ $(names) == *"input a c d "* ]]
	[[ $(names --stage B --level 1) == *"input a b d "* ]]
	# a net whose data is there for testing only
	sed 's/^input.*/layer { name: "x" type: "DummyData" top: "x" include { phase: TEST } dummy_data_param { shape { dim: 2 dim: 3 } } }/' net >test
	run net-show test
	[ "$status" -eq 0 ]
}

@test "a field that is not here, in a net with a layer type that is not" {
	cat >net <<-'E'
	input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 4 kernel_size: 1
	    weight_filler { type: "msra" alfa: 0.25 } } }
	layer { name: "odd" type: "Insanity" bottom: "conv" top: "odd" }
	E
	run net-show net
	[ "$status" -eq 3 ]
	[ "$output" = 'net-show: net: layer "odd" (line 5): there is no layer type "Insanity" here, only in happynear'"'"'s Caffe for Windows; --layers FILE.so can bring one' ]
	run net-show - <net
	[ "$status" -eq 3 ]
	[[ "$output" == 'net-show: -: layer "odd" (line 5): there is no layer type "Insanity" here'* ]]
	run model-train -d "$D/dset" -n net -o trained
	[[ "$output" == *'net: layer "odd" (line 5): there is no layer type "Insanity" here'* ]]
	# where all types are here, the field is what is wrong
	sed 's/Insanity/ReLU/' net >known
	run net-show known
	[ "$status" -eq 3 ]
	[ "$output" = 'net-show: known:4:34: layer.convolution_param.weight_filler: no field "alfa", in layer "conv" (Convolution)' ]
	# without a name; a value that is none; a type of 2014
	while read -r layer type; do
		run net-show - <<<"${layer//_/ }"
		[ "$status" -eq 3 ]
		[[ "$output" == "net-show: -: layer "*" (line 1): there is no layer type \"$type\""* ]]
	done <<-'E'
	layer{type:"NdPooling"pooling_param{_shape{_dim:3_}}} NdPooling
	layer{name:"b"type:"Binarization"bin_param:3} Binarization
	layer{name:"p"type:"Pooling3"pooling_param{pool:HUGE}} Pooling3
	layers{name:"c"type:CONVOLUTION3D_concat_param{deep:1}} CONVOLUTION3D
	E
}

@test "an archive of macOS, with its one folder and its leftovers" {
	mkdir -p z/__MACOSX/net
	cp -r "$D/m" z/net
	for f in z/net/*; do
		echo junk >"z/__MACOSX/net/._${f##*/}"
	done
	echo junk >z/net/.DS_Store
	echo junk >z/net/._labels.txt
	(cd z && python3 -m zipfile -c ../mac.zip net __MACOSX)
	model-import -q mac.zip -o got
	[ -z "$(find got -name '._*' -o -name '.DS_Store' -o -name __MACOSX)" ]
	cmp got/deploy.prototxt "$D/m/deploy.prototxt"
	model-infer -m mac.zip --tsv "${pictures[0]}" >a
	model-infer -m "$D/m" --tsv "${pictures[0]}" >b
	cmp a b
	# nothing else in it: no files
	rm -r z/net
	(cd z && python3 -m zipfile -c ../none.zip __MACOSX)
	run model-import -q none.zip -o none
	[ "$status" -eq 3 ]
	[[ "$output" == *"none.zip holds no files"* ]]
}

@test "children of master.json as DIGITS joins them, never upward" {
	mkdir -p st/a/b
	cp -r "$D/m" st/one
	cp -r "$D/m" st/a/b/two
	echo '{"msg": "hi", "children": ["./one/", "a/b/two/"]}' >st/master.json
	touch -d '1 hour ago' st/master.json # servers tell changes by the second
	python_start st
	for at in st "$PYTHON_URL"; do
		run store-list --refresh --tsv "$at"
		[ "$status" -eq 0 ]
		[ "$(cut -f 2 <<<"$output" | tail -n 2 | tr '\n' ' ')" = "a/b/two one " ]
	done
	for name in a/b/two two one; do
		store-pull -q -s "$PYTHON_URL" -o got $name >/dev/null
	done
	[ "$(ls got | tr '\n' ' ')" = "models.lock one two " ]
	model-show -q got/two >/dev/null
	mkdir st/c && cp -r "$D/m" st/c/two
	echo '{"msg": "hi", "children": ["a/b/two", "c/two"]}' >st/master.json
	run store-pull -q -s st -o more two
	[ "$status" -eq 2 ]
	[[ "$output" == *"two is in 2 places: write STORE:NAME"* ]]
	store-pull -q -s st -o more c/two >/dev/null
	echo '{"msg": "hi", "children": ["../st/one", "/etc", "a/../one"]}' >st/master.json
	run store-list --refresh "$PYTHON_URL"
	[ "$status" -eq 1 ]
	[[ "$output" == *"3 stores or models could not be read"* ]]
}

@test "--root and a list whose lines begin with a slash, as Caffe's tools join them" {
	for p in "${pictures[@]:0:3}"; do
		echo "/1/${p##*/} 0"
	done >list
	echo "$(ls "$D"/few/0/*.png | head -n 1) 1" >>list
	dset-create -q --list list --root "$D/few" --val 0 -o d
	[ "$(wc -l <d/train.txt)" -eq 4 ]
	cut -d ' ' -f 1 list >names
	model-infer -m "$D/m" --tsv --list names --root "$D/few" >out
	[ "$(grep -c "^$D/few/" out)" -ge 4 ]
	# what is nowhere is named by where it was looked for
	echo '/1/none.png' >names
	run model-infer -m "$D/m" --list names --root "$D/few"
	[ "$status" -eq 3 ] || [ "$status" -eq 1 ]
	[[ "$output" == *"$D/few/1/none.png"* ]]
}

# sixteen FACTOR NAME...: pictures of 16 bits whose values are FACTOR times 0 to 255,
# as NAME's ending says.
sixteen() {
	python3 - "$@" <<-'E'
	import struct, sys, zlib
	w = h = 16
	v = [int(sys.argv[1]) * i for i in range(w * h)]
	def chunk(kind, body):
	    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
	def png():
	    rows = b''.join(b'\0' + struct.pack('>%dH' % w, *v[w * y:w * y + w]) for y in range(h))
	    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, 0, 0, 0, 0)) +
	        chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
	def tif():
	    tags = [(256, w), (257, h), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, h), (279, 2 * w * h)]
	    return (b'II*\0' + struct.pack('<I', 8 + 2 * w * h) + struct.pack('<%dH' % (w * h), *v) +
	        struct.pack('<H', len(tags)) + b''.join(struct.pack('<HHII', t, 4, 1, n) for t, n in tags) + b'\0\0\0\0')
	def pgm():
	    return b'P5 %d %d 65535\n' % (w, h) + struct.pack('>%dH' % (w * h), *v)
	for name in sys.argv[2:]:
	    open(name, 'wb').write({'png': png, 'tif': tif, 'pgm': pgm}[name[-3:]]())
	E
}

@test "pictures of 16 bits that use only the low ones are said, once" {
	mkdir -p f/a f/b
	sixteen 16 f/a/1.png f/a/2.tif f/a/3.pgm
	sixteen 256 f/b/1.png f/b/2.tif f/b/3.pgm
	run dset-create --gray --size 8x8 --val 0 --no-shuffle --duplicates ignore -o d f
	[ "$status" -eq 0 ]
	[ "$(grep -c '16 bits' <<<"$output")" -eq 1 ]
	[[ "$output" == *"dset-create: f/a/1.png and 2 more: of 16 bits a sample only the low 12 are used"*"multiply them by 16 first"* ]]
	run model-infer -m "$D/m" --tsv f/a/2.tif f/b/*
	[ "$status" -eq 0 ]
	[[ "$output" == *"model-infer: f/a/2.tif: of 16 bits a sample only the low 12 are used"* ]]
	[ "$(grep -c '16 bits' <<<"$output")" -eq 1 ]
	run model-infer -m "$D/m" --tsv f/b/*
	[[ "$output" != *"16 bits"* ]]
	sixteen 1 f/a/1.png
	run model-infer -m "$D/m" --tsv f/a/1.png
	[[ "$output" == *"only the low 8 are used, so that the picture is nearly black: multiply it by 256 first"* ]]
	for kind in png tif pgm; do
		sixteen 1 f/low.$kind
		sixteen 0 f/black.$kind
	done
	run model-infer -m "$D/m" --tsv f/low.*
	[[ "$output" == *"low.pgm and 2 more: of 16 bits a sample only the low 8 are used"* ]]
	# one that is black has no bits to be told of
	run model-infer -m "$D/m" --tsv f/black.*
	[ "$status" -eq 0 ]
	[[ "$output" != *"16 bits"* ]]
	# where they are trained from as they are
	printf '%s/f/a/1.png 0\n%s/f/b/1.png 1\n' "$PWD" "$PWD" >list
	cat >net <<-E
	layer { name: "d" type: "ImageData" top: "data" top: "label"
	  image_data_param { source: "$PWD/list" batch_size: 2 is_color: false } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" }
	E
	printf 'net: "net"\nmax_iter: 2\nbase_lr: 0.01\nlr_policy: "fixed"\n' >solver
	run model-train --solver-file solver --device cpu -o trained
	[ "$status" -eq 0 ]
	[[ "$output" == *"f/a/1.png: of 16 bits a sample only the low 8 are used"* ]]
	# scaled by its own greatest value, or of 8 bits, it is as it is
	sed 's/65535/4095/' f/a/3.pgm >f/a/scaled.pgm
	printf 'P5 2 2 255\n\1\2\3\4' >f/a/dark.pgm
	run model-infer -m "$D/m" --tsv f/a/scaled.pgm f/a/dark.pgm
	[ "$status" -eq 0 ]
	[[ "$output" != *"16 bits"* ]]
}
