#!/usr/bin/env bats
# model-infer --view saliency, gradcam and occlusion: which pixels a class was told by,
# against what a small net's known weights say.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net ''
	printf 'cat\ndog\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel four \
	    conv:2x1x1x1,2 ip:2x32,2
	printf 'P2 4 4 255 1 2 3 4 5 6 7 8 16 15 14 13 12 11 10 9' >x.pgm
	cat >maps.py <<-'E'
	# maps.py FILE METHOD CLASS [W H STRIDE]: is the map what the weights say?
	import ast, math, struct, sys
	data = open(sys.argv[1], "rb").read()
	n = struct.unpack("<H", data[8:10])[0]
	head = ast.literal_eval(data[10:10 + n].decode())
	assert head["descr"] == "<f4", head
	h, w = head["shape"]
	have = struct.unpack("<%df" % (h * w), data[10 + n:])
	method, c = sys.argv[2], int(sys.argv[3])
	def blob(n, seed=sum(b"four")):
	    return [((i * 7 + seed) % 13 - 6) / 10 for i in range(n)]
	conv, ip, bias = blob(2), blob(64), [0.1, -0.1]
	def relu(v):
	    return v if v > 0 else 0
	def layers(x):
	    a = [relu(conv[k] * v + bias[k]) for k in range(2) for v in x]
	    s = [sum(ip[32 * j + i] * a[i] for i in range(32)) + bias[j] for j in range(2)]
	    e = [math.exp(v - max(s)) for v in s]
	    return a, [v / sum(e) for v in e]
	x = [1, 2, 3, 4, 5, 6, 7, 8, 16, 15, 14, 13, 12, 11, 10, 9]
	a, p = layers(x)
	g = ip[32 * c:32 * c + 32]
	if method == "saliency":
	    want = [abs(sum(g[16 * k + i] * conv[k] * (a[16 * k + i] > 0) for k in range(2))) for i in range(16)]
	elif method == "gradcam":
	    alpha = [sum(g[16 * k:16 * k + 16]) / 16 for k in range(2)]
	    want = [relu(sum(alpha[k] * a[16 * k + i] for k in range(2))) for i in range(16)]
	else:
	    pw, ph, step = (int(v) for v in sys.argv[4:7])
	    falls = [[] for _ in range(16)]
	    def begins(side, patch):
	        at = list(range(0, side - patch + 1, step))
	        return at if at[-1] == side - patch else at + [side - patch]
	    for top in begins(4, ph):
	        for left in begins(4, pw):
	            inside = [4 * j + i for j in range(top, top + ph) for i in range(left, left + pw)]
	            q = layers([8.5 if i in inside else v for i, v in enumerate(x)])[1]
	            for i in inside:
	                falls[i].append(p[c] - q[c])
	    want = [sum(v) / len(v) for v in falls]
	assert (h, w) == (4, 4) and (any(want) or (method, c) == ("gradcam", 1)), (h, w, want)
	bad = [(i, u, v) for i, (u, v) in enumerate(zip(have, want)) if abs(u - v) > 1e-4]
	assert not bad, bad
	E
}

# The net, with more layers between.
net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 2 kernel_size: 1 } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	$1
	layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
	  inner_product_param { num_output: 2 } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
	E
}

infer() {
	run model-infer --device "${DEV:-cpu}" -m m "$@"
	echo "$status: $output"
}

@test "maps are what the weights say, of both classes, on both backends" {
	for DEV in cpu ref; do
		for class in 0 1; do
			for view in saliency gradcam; do
				infer -f -o made --view $view --class $class x.pgm
				[ "$status" -eq 0 ]
				python3 maps.py made/x.npy $view $class
			done
			infer -f -o made --view occlusion --patch 3x2 --stride 2 \
			    --class $class -b 4 x.pgm
			[ "$status" -eq 0 ]
			python3 maps.py made/x.npy occlusion $class 3 2 2
		done
	done
	infer -f -o made --view occlusion --patch 3x3 --stride 2 --class 0 -b 1 x.pgm
	python3 maps.py made/x.npy occlusion 0 3 3 2
	infer -f -o made --view occlusion --class 0 x.pgm
	python3 maps.py made/x.npy occlusion 0 1 1 1
}

@test "the best class is looked at, or the one that is named" {
	infer x.pgm
	best=$(awk 'END { print $2 }' <<<"$output")
	infer --json --view saliency x.pgm
	[ "$status" -eq 0 ]
	[[ "$output" == *'"method": "saliency", "label": "'$best'", '*'"shape": [4, 4]'*'"overlay": null, "array": null}' ]]
	infer --json --view gradcam --class dog x.pgm
	[[ "$output" == *'"label": "dog", "index": 1, '*'"layer": "conv"'* ]]
	infer --tsv --view occlusion --class 1 x.pgm
	[[ "$output" == *x.pgm?dog?* ]]
	for bad in bird 2 -1; do
		infer --view saliency --class $bad gone.pgm
		[ "$status" -eq 2 ]
		[[ "$output" == *"--class $bad: the model has no class of that name, and its numbers are 0 to 1"* ]]
	done
	# the file knows no classes before it knows its size
	infer --view saliency --no-resize --class bird x.pgm
	[ "$status" -eq 2 ]
}

@test "a folder: the map over each picture, and as it is" {
	cp x.pgm y.pgm
	infer --json -o made --view saliency --legend x.pgm y.pgm
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == *'"overlay": "y.png", "array": "y.npy"}' ]]
	[ "$(cd made && printf '%s ' *)" = "x.npy x.png y.npy y.png " ]
	# enlarged, with the bar below
	[[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" made/x.png size)" == 64x1??x3 ]]
	[[ "${lines[0]}" == *'"peak": [0, 0], '* ]]
	infer -f -o made --view saliency --opacity 1 x.pgm
	# the highest value has the last colour of the map
	python3 "$BATS_TEST_DIRNAME/pixels.py" made/x.png \
	    2,2=252,243,168~4
	infer -f -o made --view saliency --opacity 0 x.pgm
	python3 "$BATS_TEST_DIRNAME/pixels.py" made/x.png 8,8=1,1,1~0 24,56=11,11,11~0
	infer -f -o made --view saliency --opacity 1 --colormap jet x.pgm
	python3 "$BATS_TEST_DIRNAME/pixels.py" made/x.png \
	    2,2=128,0,0~4
	cp -r made again
	infer -f -o made --view saliency --opacity 1 --colormap jet x.pgm
	diff -r made again
}

@test "gradcam looks at another layer, through normalisation and pooling" {
	net 'layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "bn" }
	layer { name: "pool" type: "Pooling" bottom: "bn" top: "pool"
	  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }'
	sed -i 's/bottom: "conv" top: "ip"/bottom: "pool" top: "ip"/' m/deploy.prototxt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel four \
	    conv:2x1x1x1,2 bn:2,2,1 ip:2x8,2
	for DEV in cpu ref; do
		infer --json --view gradcam --class 0 x.pgm
		[ "$status" -eq 0 ]
		[[ "$output" == *'"layer": "bn", "shape": [4, 4]'* ]]
		infer --json --view gradcam --layer 'po*' --class 0 x.pgm
		[ "$status" -eq 0 ]
		[[ "$output" == *'"layer": "pool", "shape": [2, 2]'* ]]
	done
	infer --view gradcam --layer ip x.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--layer ip: the net has no layer of that name whose output has places"* ]]
}

@test "what cannot be is said before a picture is read" {
	infer --view saliency --patch 2x2 x.pgm
	[[ "$output" == *"--patch"* ]]
	infer --view occlusion --patch 2x1 --stride 2 x.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--stride 2: patches of 2x1 would leave pixels out"* ]]
	infer --view saliency --require 'top1>=0' gone.pgm
	[ "$status" -eq 2 ]
	infer --view occlusion --crop ten gone.pgm
	[ "$status" -eq 2 ]
	[[ "$output" != *gone* ]]
	net ''
	sed -i '/name: "ip"/,$d' m/deploy.prototxt
	infer --view saliency --allow-missing gone.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"the net has no output that is a list of scores, one a class"* ]]
	# no filters
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 8 } } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 } }
	E
	infer --view gradcam gone.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"no filters whose output has places"* ]]
	infer --view saliency x.pgm
	[ "$status" -eq 0 ]
	echo no >bad.pgm
	infer -o made --view saliency bad.pgm x.pgm
	[ "$status" -eq 1 ]
	[ "$(cd made && printf '%s ' *)" = "x.npy x.png " ]
}
