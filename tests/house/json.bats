#!/usr/bin/env bats
# --json of every program: one object a line, keys in snake_case that its page
# names, also where something fails.

load ../cli/small
load ../cli/servers

setup_file() {
	export D=$BATS_FILE_TMPDIR TREE=$PWD
	small_make "$D"
	(cd "$D" && echo no picture >bad.png && model-pack -q m -o m.tar)
}

setup() {
	cd "$D" || exit
	export NNUTILS_DEVICE=cpu
	one=$(ls few/0/*.png | head -n 1)
}

teardown() {
	servers_stop
}

# is LINES STATUS PROGRAM [ARG...]: its --json has so many lines, or at least one
# where LINES is +.
is() {
	local lines=$1 status=$2 got
	shift 2
	"$1" --json "${@:2}" >out 2>err && got=0 || got=$?
	[ "$got" -eq "$status" ] ||
	    { echo "$*: status $got"; cat out err; return 1; }
	got=$(cd "$TREE" && python3 tests/house/json-lines.py "$1" <"$D/out" 2>&1) ||
	    { echo "$*: $got"; cat out; return 1; }
	case $lines in
	+) [ "$got" -gt 0 ] ;;
	*) [ "$got" -eq "$lines" ] ;;
	esac || { echo "$*: $got lines"; cat out; return 1; }
}

@test "every program has --json, and says in its page what it prints" {
	for p in "$TREE"/src/*.c; do
		p=$(basename "$p" .c)
		"$p" --help | grep -q -- '--json' || { echo "$p"; false; }
		grep -q '^.Sh JSON OUTPUT' "$TREE/man/$p.1" || { echo "$p"; false; }
	done
}

@test "data sets" {
	is 4 0 dset-create --gray --size 28x28 -o a few
	is 0 8 dset-create --gray --size 28x28 -o a few
	is 0 4 dset-create -o b nowhere
	cp bad.png few/0/
	is 4 1 dset-create --gray --size 28x28 --seed 1 -o c few
	rm few/0/bad.png
	is 10 0 dset-fetch mnist --from raw -o fetched
	is 0 4 dset-fetch mnist --from few -o fetched2
	is 5 0 dset-show dset
	is 5 0 dset-show --stats dset
	is + 0 dset-show --near dset
	is 1 0 dset-show --verify dset
	is 1 0 dset-show --record 0 dset
	is + 1 dset-show --diff c dset
	is 0 0 dset-show --diff dset dset
	is 0 4 dset-show nowhere
	mkdir -p boxes
	echo 'car 0 0 0 2 3 30 40 0 0 0 0 0 0 0' | tee boxes/x.txt >boxes/y.txt
	mkdir -p scenes && cp "$one" scenes/x.png && cp few/1/*7.png scenes/y.png
	is + 0 dset-create -t detection --images scenes --labels boxes --min-box 1 \
	    --val-images scenes --val-labels boxes -o boxed
	is + 0 dset-show boxed
	is 1 0 dset-show --record 0 boxed
	printf '%s 0.5 1\n' few/0/*.png >list
	is 1 0 dset-create --labels-from column --list list -o numbers
	is + 0 dset-show numbers
}

@test "training" {
	is 1 0 model-train -d dset -n lenet -b 9 -e 1 -o t
	is 2 0 model-train -d dset -n lenet -b 9,12 -e 1 -o many
	is 1 9 model-train -d dset -n lenet -b 9 -e 1 --require 'accuracy>=2' -o gate
	is 1 0 model-train -d dset -n lenet --dry-run -o dry
	is 0 4 model-train -d nowhere -n lenet -o none
	is + 0 model-train --device list
}

@test "answers" {
	is 1 0 model-infer -m m "$one"
	is 2 1 model-infer -m m "$one" bad.png "$one"
	is 10 0 model-infer -m m -d dset --per-class --mistakes 3 --confusion -
	grep '"mistakes": \[{"path": ' out
	is 1 9 model-infer -m m -d dset --summary --require 'top1>=2'
	is 1 0 model-infer -m m --outputs prob,ip1 "$one"
	is 0 4 model-infer -m nowhere "$one"
	is + 0 model-infer --device list
}

@test "speeds" {
	local few="--runs 2 --warmup 0 --starts 0"
	is 2 0 model-bench m -b 1,2 $few
	is 1 0 model-bench m --per-layer --runs 2 --warmup 0 --starts 1 "$one"
	is 1 9 model-bench m $few --require 'mean<0'
	is 0 4 model-bench nowhere
	is + 0 model-bench --device list
}

@test "models" {
	is 1 0 model-show m
	is 1 0 model-show --best m
	is 0 4 model-show nowhere
	is + 0 model-plot m
	is + 0 model-plot --list m
	is 0 4 model-plot nowhere
	is 1 0 model-pack m -o packed.tar
	is 0 8 model-pack m -o packed.tar
	is 0 2 model-pack m -o -
	is 1 0 model-import m.tar -o imported
	is 1 0 model-export m --safetensors m.safetensors
	is 0 2 model-export m --safetensors -
	is 1 0 model-export m --caffe for-caffe
	is 0 4 model-import nowhere.tar -o imported2
	is + 0 job-list .
	is 0 4 job-list nowhere
	is 0 0 job-list --clean -f .
}

@test "the programs" {
	is + 0 nnutils
}

@test "nets" {
	is + 0 net-show lenet
	is + 0 net-show --list
	is 3 0 net-show --check lenet
	is 1 0 net-show --upgrade lenet
	is 2 0 net-show lenet --memory -b 9,18
	is + 0 net-show lenet --memory --limit 1G
	is + 0 net-show --device list
	echo 'layer { name: "x" type: "ReLU" bottom: "none" top: "x" }' >bad.prototxt
	is 3 3 net-show --check bad.prototxt
	grep '"ok": false, "error": "' out
	is 0 3 net-show bad.prototxt
}

@test "stores" {
	is 1 0 store-index store
	is 1 0 store-index --check store
	is 1 0 store-list ./store
	is 1 0 store-pull -s ./store -o pulled m
	is 0 4 store-pull -s ./store -o pulled none
	cp -r store broken && echo >>broken/m/deploy.prototxt
	is 1 1 store-index --check broken
}

@test "zoos" {
	mkdir -p card
	cp m/deploy.prototxt card/
	python_start "$D/m"
	printf -- '---\nname: card\ncaffemodel: x.caffemodel\ncaffemodel_url: %s\nsha1: %s\n---\n' \
	    "${PYTHON_URL}snapshot_iter_3.caffemodel" \
	    "$(sha1sum <m/snapshot_iter_3.caffemodel | cut -d ' ' -f 1)" >card/readme.md
	is 1 0 zoo-fetch card
	is + 0 zoo-fetch --list
	is 0 4 zoo-fetch nowhere/at/all
	is 1 0 zoo-publish --dry-run card
	is 0 4 zoo-publish --dry-run nowhere
	script_start "$TREE/tests/cli/gist-server.py" root secret
	is 1 0 zoo-publish --api "${SCRIPT%/}" --token-file <(echo secret) card
	grep '"gist": "http' out
}

@test "bad items and events are lines of JSON, too" {
	model-infer -q -m m --bad bad.ndjson bad.png "$one" nowhere.png >out || true
	model-train -q -d dset -n lenet -b 9 -e 1 --events events -o evented >out
	for f in bad.ndjson events evented/train.ndjson; do
		python3 -c 'import json, sys
for line in sys.stdin: assert isinstance(json.loads(line), dict)' <"$f"
	done
}
