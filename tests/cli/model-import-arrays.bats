#!/usr/bin/env bats
# model-import of weights that other programs wrote, and standard nets by name.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	golden=$BATS_TEST_DIRNAME/../golden/tensors
}

# pth FILE LINE...: a state_dict; each line is Python, with T and Storage
pth() {
	python3 - "$golden" "$@" <<-'P'
	import sys
	sys.path.insert(0, sys.argv[1])
	from make import Storage, T, save, save_old, state
	def t(*shape, v=0.5):
	    n = 1
	    for d in shape:
	        n *= d
	    return T(Storage("Float", [v] * n), shape)
	write = save_old if sys.argv[2].startswith("old") else save
	write(sys.argv[2], state(*(eval(line) for line in sys.argv[3:])))
	P
}

net() {
	cat >net.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	layer { name: "stem.conv" type: "Convolution" bottom: "data" top: "c"
	  convolution_param { num_output: 2 kernel_size: 3 bias_term: false } }
	layer { name: "stem.bn" type: "BatchNorm" bottom: "c" top: "c"
	  batch_norm_param { eps: 0 } }
	layer { name: "stem.scale" type: "Scale" bottom: "c" top: "c"
	  scale_param { bias_term: true } }
	layer { name: "fc" type: "InnerProduct" bottom: "c" top: "fc"
	  inner_product_param { num_output: 2 } }
	E
}

whole=('("stem.conv.weight", t(2, 1, 3, 3))' '("stem.bn.running_mean", t(2, v=1))'
	'("stem.bn.running_var", t(2, v=4))' '("stem.bn.weight", t(2, v=2))'
	'("stem.bn.bias", t(2, v=3))' '("stem.bn.num_batches_tracked", t())'
	'("fc.weight", t(2, 8, v=0.25))' '("fc.bias", t(2, v=1))')

@test "a state_dict by the names of the net's layers, in both forms" {
	net
	printf 'P5 4 4 255\n0000000000000000' >x.pgm
	for f in new.pth old.pth; do
		pth $f "${whole[@]}"
		model-import $f --net net.prototxt -o m-$f
		# 48 * 9 / 2, less 1, by 2, times 2, and 3: 218 in 8 places, / 4, and 1
		run model-infer -q -m m-$f --device cpu --outputs fc --tsv x.pgm
		[[ $output == *437* ]] || { echo "$output"; false; }
	done
	cmp m-new.pth/model.caffemodel m-old.pth/model.caffemodel
	[ -s m-new.pth/deploy.prototxt ] && [ -s m-new.pth/original.prototxt ]
	# and as it came, by torch's names
	model-export m-new.pth --safetensors x.safetensors --names torch
	python3 "$BATS_TEST_DIRNAME/safetensors.py" x.safetensors |
	    grep -v '^format' | cut -d ' ' -f 1 | sort |
	    diff - <(printf '%s\n' fc.bias fc.weight stem.bn.bias stem.bn.running_mean \
	    stem.bn.running_var stem.bn.weight stem.conv.weight)
	model-import --weights x.safetensors --net net.prototxt -o again
	cmp again/model.caffemodel m-new.pth/model.caffemodel
}

@test "what the net has not is named, and what it lacks is refused" {
	net
	pth more.pth "${whole[@]}" '("aux.weight", t(3))'
	run model-import more.pth --net net.prototxt -o m --json
	[ "$status" -eq 1 ]
	[[ $output == *'more.pth: has "aux.weight", which is of no layer'* ]]
	[[ $output == *'"unused": 1'* ]]
	[ -e m/model.caffemodel ]
	pth less.pth "${whole[@]:0:6}"
	run model-import less.pth --net net.prototxt -o l
	[ "$status" -eq 3 ]
	[[ $output == *"less.pth: has no weights for 1 of 4 layers: fc"* ]]
	[ ! -e l ]
	pth other.pth "${whole[@]:1:7}" '("stem.conv.weight", t(2, 1, 5, 5))'
	run model-import other.pth --net net.prototxt -o o
	[ "$status" -eq 3 ]
	[[ $output == *"blob 0 is 2x1x5x5 in the weights and 2x1x3x3 in the net"* ]]
}

@test "a standard net by torchvision's names, with its preparation" {
	python3 - "$golden" "$BATS_TEST_DIRNAME/../golden/names/torchvision/squeezenet" <<-'P'
	import sys
	sys.path.insert(0, sys.argv[1])
	from make import Storage, T, save, state
	items = []
	for line in open(sys.argv[2]):
	    name, *shape = line.split()
	    shape = [int(d) for d in shape]
	    if name.startswith("classifier.1"):
	        shape[0] = 7
	    n = 1
	    for d in shape:
	        n *= d
	    items.append((name, T(Storage("Half", [0.125] * n), shape)))
	save("s.pth", {"state_dict": state(*items)})
	P
	model-import s.pth --net squeezenet -o m
	grep -q 'num_output: 7' m/deploy.prototxt
	! grep -q 'stage' m/deploy.prototxt || false
	tr -d ' \n' <m/info.json >info
	grep -q '"channelorder":"RGB"' info
	grep -q '"meanpixel":\[123.675,116.28,103.53\]' info
	grep -q '"inputstd":\[58.395,57.12,57.375\]' info
	model-export m --safetensors s.safetensors --names torch
	python3 "$BATS_TEST_DIRNAME/safetensors.py" s.safetensors |
	    grep -q '^features.12.expand3x3.weight F32 256 64 3 3$'
	# what is given counts more
	model-import s.pth --net squeezenet --mean 1,2,3 --std 1,1,1 -o n
	tr -d ' \n' <n/info.json | grep -q '"meanpixel":\[1,2,3\]'
	run model-import s.pth --net resnet18 -o r
	[ "$status" -eq 3 ]
	[[ $output == *"s.pth: is another net's: of its 52 arrays"* ]]
	run model-import s.pth --net squezenet -o r
	[ "$status" -eq 4 ]
}

@test "files that are none" {
	net
	for f in executes passes big-endian nothing; do
		run model-import "$golden/$f.pth" --net net.prototxt -o m
		[ "$status" -eq 3 ] && [[ $output == *"$f.pth: "* ]] ||
		    { echo "$f: $status: $output"; false; }
	done
	printf '\20\0\0\0\0\0\0\0{"a":{"dtype":"F' >cut.safetensors
	run model-import cut.safetensors --net net.prototxt -o m
	[ "$status" -eq 3 ]
	[[ $output == *"cut.safetensors: header: line 1: not JSON"* ]]
	[ ! -e m ] && [ ! -e executed ]
}

@test "a factor of channels that is no module, in and out" {
	list=$BATS_TEST_DIRNAME/../golden/names/torchvision/convnext-tiny
	python3 - "$golden" "$list" <<-'P'
	import sys
	sys.path.insert(0, sys.argv[1])
	from make import Storage, T, save, state
	items = []
	for line in open(sys.argv[2]):
	    name, *shape = line.split()
	    shape = [int(d) for d in shape]
	    if name.startswith("classifier.2"):
	        shape[0] = 2
	    n = 1
	    for d in shape:
	        n *= d
	    items.append((name, T(Storage("Byte", bytes(n)), shape)))
	save("c.pth", state(*items))
	P
	model-import c.pth --net convnext-tiny -o m
	model-export m --safetensors c.safetensors --names torch
	python3 "$BATS_TEST_DIRNAME/safetensors.py" c.safetensors | grep -v ^format |
	    sed 's/ F32//' | grep -v '^classifier.2' | sort >got
	# linear layers of four axes are linear layers
	grep -v '^classifier.2' "$list" | sort | diff - got
}
