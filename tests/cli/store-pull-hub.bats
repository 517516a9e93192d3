#!/usr/bin/env bats
# store-pull hf:ORG/NAME: files of the hub, checked, resumed, made into a model folder.

load servers

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	# timm's MobileNet v2 of three classes, all of whose weights are one number
	python3 - "$BATS_TEST_DIRNAME/../golden" <<-'P'
	import sys
	sys.path.insert(0, sys.argv[1] + "/tensors")
	from make import Storage, T, save, state
	items = []
	for line in open(sys.argv[1] + "/names/timm/mobilenetv2_100"):
	    name, *shape = line.split()
	    shape = [int(d) for d in shape]
	    if name.startswith("classifier."):
	        shape[0] = 3
	    n = 1
	    for d in shape:
	        n *= d
	    items.append((name, T(Storage("Half", [0.01] * n), shape)))
	save("weights.pth", state(*items))
	P
	model-import -q weights.pth --net mobilenet-v2 -o m >/dev/null
	model-export m --names torch --safetensors model.safetensors
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache HOME=$PWD/home
	unset HF_TOKEN HF_HOME HF_ENDPOINT http_proxy https_proxy
	mkdir -p hub/timm/net home
	cp "$BATS_FILE_TMPDIR/model.safetensors" hub/timm/net/
	echo model.safetensors >hub/timm/net/.lfs
	echo apache-2.0 >hub/timm/net/.licence
	echo '{"architecture": "mobilenetv2_100", "num_classes": 3}' \
	    >hub/timm/net/config.json
	echo '# a net' >hub/timm/net/README.md
	echo 'not wanted' >hub/timm/net/training.log
}

teardown() {
	servers_stop
}

hub() { # [TOKEN]
	script_start "$BATS_TEST_DIRNAME/hub-server.py" hub "$@"
	export HF_ENDPOINT=${SCRIPT%/}
}

asked() { # who and path of each request
	tail -n +2 "$SCRIPT_LOG" | cut -d ' ' -f 1,3
}

# A net of ONNX needs none here to be read: its bytes are what is asked about.
any() { # NAME FILE...
	mkdir -p "hub/any/$1"
	for f in "${@:2}"; do
		mkdir -p "$(dirname "hub/any/$1/$f")"
		echo "bytes of $f" >"hub/any/$1/$f"
	done
}

@test "weights of timm's become a model folder of the standard net" {
	hub
	run store-pull hf:timm/net -o got
	[ "$status" -eq 0 ]
	[[ $output == *"hf:timm/net: licence apache-2.0"* ]]
	[ "${lines[-1]}" = got/net ]
	cmp got/net/model.caffemodel "$BATS_FILE_TMPDIR/m/model.caffemodel"
	tr -d '\n ' <got/net/info.json >info
	grep -q '"license":"apache-2.0"' info
	grep -q '"source":"hf:timm/net@0123456789abcdef0123456789abcdef01234567"' info
	grep -q '"channelorder":"RGB"' info
	asked | sort >requests
	diff requests - <<-E
	files /timm/net/model.safetensors
	hub /api/models/timm/net/revision/main?blobs=true
	hub /timm/net/resolve/0123456789abcdef0123456789abcdef01234567/README.md
	hub /timm/net/resolve/0123456789abcdef0123456789abcdef01234567/config.json
	hub /timm/net/resolve/0123456789abcdef0123456789abcdef01234567/model.safetensors
	E
	# again: only the list is asked for
	store-pull -q --json hf:timm/net@v1 -o got >out
	grep -q '"fetched": 0, "was_there": true' out
	[ "$(asked | wc -l)" -eq 6 ]
	# elsewhere: from the cache
	store-pull -q --offline hf:timm/net -o other
	diff -r got/net other/net
}

@test "config.json says how pictures are prepared" {
	cat >hub/timm/net/config.json <<-E
	{"architecture": "mobilenetv2_100", "label_names": ["a", "b", "c"],
	 "pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25],
	  "input_size": [3, 224, 224], "crop_pct": 0.5, "interpolation": "bicubic"}}
	E
	hub
	store-pull -q hf:timm/net -o got
	model-show got/net >shown
	grep -q 'R G B, resized by crop to 448x448 (bicubic)' shown || { cat shown; false; }
	[ "$(paste -sd, got/net/labels.txt)" = a,b,c ]
}

@test "the token goes to the hub, and not to where it redirects" {
	hub secret
	run store-pull hf:timm/net -o got
	[ "$status" -eq 8 ]
	[[ $output == *"it wants a token: agree to its terms at $HF_ENDPOINT/timm/net"* ]]
	mkdir -p home/.cache/huggingface
	echo secret >home/.cache/huggingface/token
	store-pull -q hf:timm/net -o one
	HF_TOKEN=wrong run store-pull hf:timm/net -o two
	[ "$status" -eq 8 ]
	rm -r home/.cache
	HF_TOKEN=secret store-pull -q hf:timm/net -o two
	mkdir hf && echo secret >hf/token
	HF_HOME=$PWD/hf store-pull -q hf:timm/net -o three
	grep -q '^hub .* Bearer secret$' "$SCRIPT_LOG"
	grep -q '^files .* -$' "$SCRIPT_LOG"
	! grep -q '^files .*secret' "$SCRIPT_LOG" || false
}

@test "a file that is another than the hub lists is refused" {
	hub
	store-pull -q hf:timm/net -o got
	# what lies in the cache is looked at before it is taken
	f=$(ls cache/hub/timm--net/*/model.safetensors)
	printf x | dd of="$f" bs=1 seek=5000 conv=notrunc 2>/dev/null
	store-pull -q hf:timm/net -o again
	cmp again/net/model.caffemodel got/net/model.caffemodel
	# small files by git's name for them, large ones by sha256
	rm -r cache
	cp "$BATS_TEST_DIRNAME/hub-server.py" lying.py
	sed -i "s/'blobId': hashlib.sha1(blob)/'blobId': hashlib.sha1(b'x' + blob)/" lying.py
	servers_stop
	script_start lying.py hub
	HF_ENDPOINT=${SCRIPT%/} run store-pull hf:timm/net -o small
	[ "$status" -eq 8 ]
	[[ $output == *"is not the file that the hub lists"* ]]
	cp "$BATS_TEST_DIRNAME/hub-server.py" lying.py
	sed -i "s/'sha256': hashlib.sha256(data)/'sha256': hashlib.sha256(data[1:])/" lying.py
	servers_stop
	script_start lying.py hub
	HF_ENDPOINT=${SCRIPT%/} run store-pull hf:timm/net -o large
	[ "$status" -eq 8 ]
	[[ $output == *"model.safetensors has the digest "*" instead of the promised "* ]]
	[ ! -e small ] && [ ! -e large ]
}

@test "a pull that was stopped is gone on with" {
	hub
	store-pull -q hf:timm/net -o got
	f=$(ls cache/hub/timm--net/*/model.safetensors)
	head -c 100000 "$f" >"$f.part"
	rm "$f"
	printf '{"url": "%s", "etag": "\\"%s\\"", "total": %s}' \
	    "$HF_ENDPOINT/timm/net/resolve/0123456789abcdef0123456789abcdef01234567/model.safetensors" \
	    "$(md5sum <hub/timm/net/model.safetensors | cut -d ' ' -f 1)" \
	    "$(stat -c %s hub/timm/net/model.safetensors)" >"$f.part.json"
	store-pull -q hf:timm/net -o again
	grep -q '^files GET /timm/net/model.safetensors bytes=' "$SCRIPT_LOG"
	cmp again/net/model.caffemodel got/net/model.caffemodel
}

@test "which file: one of ONNX, of safetensors, the only one, or --file" {
	any onnx model.safetensors onnx/model.onnx onnx/model.onnx_data config.json
	any two a.safetensors b.safetensors
	any none notes.txt
	any torch pytorch_model.bin x.bin
	hub
	store-pull --json hf:any/onnx -o got 2>err >out
	grep -q '"file": "onnx/model.onnx", "framework": "onnx"' out
	grep -q 'its files are kept as they are, because it cannot be run here' err
	[ "$(cat got/onnx/model.onnx)" = "bytes of onnx/model.onnx" ]
	[ -e got/onnx/model.onnx_data ] && [ -e got/onnx/config.json ]
	store-pull -q hf:any/onnx --file model.safetensors -o named
	[ -e named/onnx/model.safetensors ] && [ ! -e named/onnx/model.onnx ]
	grep -q '"license": "mit"' named/onnx/info.json
	run store-pull hf:any/two -o got
	[ "$status" -eq 2 ]
	[[ $output == *"weights in several files: --file says which"* ]]
	run store-pull hf:any/none -o got
	[ "$status" -eq 4 ]
	[[ $output == *"it has no weights"* ]]
	store-pull -q hf:any/torch -o got
	[ -e got/torch/pytorch_model.bin ]
	run store-pull hf:any/two --file c.safetensors -o got
	[ "$status" -eq 4 ]
}

@test "names, and what is not there" {
	hub
	for name in hf: hf:/x hf:a/b/c hf:../x hf:a/.. hf:a/b@../c hf:-a/b; do
		run store-pull "$name" -o got
		[ "$status" -eq 2 ] || { echo "$name: $status"; false; }
	done
	run store-pull hf:timm/none -o got
	[ "$status" -eq 4 ]
	[[ $output == *"the hub has no model timm/none of revision main"* ]]
	run store-pull hf:timm/net@v9 -o got
	[ "$status" -eq 4 ]
	run store-pull --offline hf:timm/net -o got
	[ "$status" -eq 6 ]
	run store-pull hf:timm/none hf:timm/net -o got
	[ "$status" -eq 1 ]
	[ -e got/net/info.json ]
	# nor does it keep from the others of a store
	mkdir store && cp -r got/net store/small
	store-index -q store
	run store-pull hf:timm/none small -s store -o got
	[ "$status" -eq 1 ]
	[ -e got/small/info.json ]
	run store-pull hf:timm/net@v1 -o there
	mkdir -p mine/net && echo mine >mine/net/own
	run store-pull hf:timm/net -o mine
	[ "$status" -eq 8 ]
	run store-pull -f hf:timm/net -o mine
	[ "$status" -eq 8 ] && [ "$(cat mine/net/own)" = mine ]
}

@test "model-infer, -bench, -show and -train take a model of the hub by its name" {
	hub
	printf 'P6\n8 8\n255\n' >x.ppm
	head -c 192 /dev/zero >>x.ppm
	run model-infer -m hf:timm/net --device cpu --tsv x.ppm
	[ "$status" -eq 0 ]
	[[ $output == *"licence apache-2.0"* ]]
	n=$(asked | wc -l)
	# the next time nothing is asked for
	model-infer -q -m hf:timm/net --device cpu --tsv x.ppm >a
	store-pull -q hf:timm/net -o got
	model-infer -q -m got/net --device cpu --tsv x.ppm | diff a -
	[ "$(asked | wc -l)" -eq "$((n + 1))" ]
	model-show hf:timm/net >/dev/null
	model-bench hf:timm/net --device cpu --runs 1 --warmup 0 --starts 0 >/dev/null
	model-export hf:timm/net --safetensors w.safetensors
	mkdir -p in/a in/b
	for f in in/a/1 in/a/2 in/b/1 in/b/2; do
		printf 'P6\n8 8\n255\n' >$f.ppm
		head -c 192 /dev/urandom >>$f.ppm
	done
	dset-create -q --size 8x8 --val 50 --encoding none -o d in >/dev/null
	sed 's/crop_size: 224//' <<<"$(net-show --upgrade mobilenet-v2)" >net.prototxt
	run model-train -v --dry-run -d d -n net.prototxt -p hf:timm/net -o t
	[ "$status" -eq 0 ]
	[[ $output == *"layer fc10 has 3 outputs in the weights, 2 are needed"* ]]
	any torch pytorch_model.bin
	run model-infer -m hf:any/torch x.ppm
	[ "$status" -eq 3 ]
	[[ $output == *"hf:any/torch: a model of pytorch, which cannot be run here"* ]]
}

@test "a single address" {
	any web net.onnx
	hub
	python_start hub/any/web
	store-pull -q "${PYTHON_URL}net.onnx" -o got --json >out 2>err
	[ "$(cat got/net/net.onnx)" = "bytes of net.onnx" ]
	grep -q '"framework": "onnx"' out
	run store-pull "${PYTHON_URL}none.onnx" -o got
	[ "$status" -eq 4 ]
	run store-pull "${PYTHON_URL}" -o got
	[ "$status" -eq 2 ]
}
