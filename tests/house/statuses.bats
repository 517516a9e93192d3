#!/usr/bin/env bats
# The exit statuses of --help=exit, each from every program that can end so.

load ../cli/small
load ../cli/servers

setup_file() {
	export D=$BATS_FILE_TMPDIR TREE=$PWD
	small_make "$D"
	cd "$D" || return
	echo no picture >bad.png
	echo 'layer {' >bad.prototxt
	printf '{"name": 7' >bad.json
	cp -r store broken && echo >>broken/m/deploy.prototxt
	cp -r m nan && python3 - nan/snapshot_iter_3.caffemodel <<-'P'
	import sys
	f = open(sys.argv[1], "r+b")
	f.truncate(1000)
	P
	mkdir card && cp m/deploy.prototxt card/ &&
	    printf -- '---\nname: card\n---\n' >card/readme.md
	mkdir readmeless && echo >readmeless/x
}

setup() {
	cd "$D" || exit
	export NNUTILS_DEVICE=cpu
	one=$(ls few/0/*.png | head -n 1)
	rm -rf new
	mkdir new
}

teardown() {
	servers_stop
}

# ends STATUS PROGRAM [ARG...]
ends() {
	local want=$1 got=0
	shift
	timeout 60 "$@" >out 2>err </dev/null || got=$?
	[ "$got" -eq "$want" ] ||
	    { echo "$*: status $got, not $want"; cat err; return 1; }
	# A failure has a sentence of its program's, with which it begins.
	[ "$want" -eq 0 ] || grep -q "^${1##*/}: " err ||
	    { echo "$*: no sentence"; cat err; return 1; }
}

@test "the table is the same everywhere" {
	nnutils --help=exit >table
	for s in 0 1 2 3 4 5 6 7 8 9 75 130; do
		grep -q "^ *$s  " table
	done
	for p in "$TREE"/src/*.c; do
		p=$(basename "$p" .c)
		"$p" --help=exit | sed 's/'"$p"'/nnutils/g' | diff table - || { echo "$p"; false; }
	done
}

@test "0: done" {
	ends 0 nnutils
	ends 0 dset-create --gray --size 28x28 -o new/d few
	ends 0 dset-fetch mnist --from raw -o new/f
	ends 0 dset-show dset
	ends 0 job-list .
	ends 0 model-import m -o new/i
	ends 0 model-infer -m m "$one"
	ends 0 model-bench m --runs 1 --warmup 0 --starts 0
	ends 0 model-pack m -o new/m.tar
	ends 0 model-export m --safetensors new/m.safetensors
	ends 0 model-plot m
	ends 0 model-show m
	ends 0 model-train -d dset -n lenet -b 9 -e 1 -o new/m
	ends 0 net-show lenet
	ends 0 store-index store
	ends 0 store-list ./store
	ends 0 store-pull -s ./store -o new/p m
	ends 0 zoo-fetch --list
	ends 0 zoo-publish --dry-run card
}

@test "1: some items were bad" {
	ends 1 store-list ./store ./nowhere
	cp -r few new/few && cp bad.png new/few/0/
	ends 1 dset-create --gray --size 28x28 -o new/d new/few
	ends 1 dset-show --diff dset new/d
	cp -r m new/m && echo '{' >new/m/info.json
	ends 1 job-list new
	cp -r m new/less && rm new/less/labels.txt
	ends 1 model-import new/less -o new/i
	ends 1 model-bench m --precision fp32,fp16 --runs 1 --warmup 0 --starts 0
	ends 1 model-infer -m m "$one" bad.png
	ends 1 store-index --check broken
	ends 1 zoo-fetch card
}

# A listing of several stores goes on without those that are bad; where all are, the
# status is that of what is wrong.
@test "store-list, whatever is wrong with a store" {
	mkdir -p new/store && cp bad.json new/store/master.json
	ends 1 store-list ./new/store ./store
	grep -q '^store-list: 1 store or model could not be read' err
	ends 1 store-list ./store http://127.0.0.1:9/
	ends 3 store-list ./new/store
	ends 6 store-list http://127.0.0.1:9/
}

@test "2: wrong usage" {
	for p in "$TREE"/src/*.c; do
		p=$(basename "$p" .c)
		ends 2 "$p" --no-such-option
	done
	ends 2 nnutils no-such-program
	for p in dset-create dset-fetch dset-show model-bench model-import model-infer \
	    model-pack model-export model-show model-train net-show store-index zoo-fetch \
	    zoo-publish; do
		ends 2 "$p"
	done
}

@test "3: bad data" {
	echo "bad.png 0" >list
	ends 3 dset-create --list list -o new/d
	mkdir -p new/db && echo x >new/db/data.mdb
	ends 3 dset-show new/db
	ends 3 model-import bad.png -o new/i
	ends 3 model-infer -m m --db new/db
	ends 3 model-bench nan --runs 1
	ends 3 model-infer -m nan "$one"
	ends 3 model-infer -m m --max-bad 0 "$one" bad.png
	ends 3 model-pack nan -o new/m.tar
	ends 3 model-export nan --safetensors new/m.safetensors
	ends 3 model-show nan
	ends 3 model-train -d dset -n bad.prototxt -o new/m
	ends 3 net-show bad.prototxt
	mkdir -p new/store && cp bad.json new/store/master.json
	ends 3 store-pull -s ./new/store -o new m
}

@test "4: not found" {
	ends 4 dset-create -o new/d nowhere
	ends 4 dset-fetch mnist --from few -o new/f
	ends 4 dset-show nowhere
	ends 4 job-list nowhere
	ends 4 model-import nowhere.tar -o new/i
	ends 4 model-bench nowhere
	ends 4 model-infer -m nowhere "$one"
	ends 4 model-pack nowhere
	ends 4 model-export nowhere --safetensors new/m.safetensors
	ends 4 model-plot nowhere
	ends 4 model-show nowhere
	ends 4 model-train -d nowhere -n lenet -o new/m
	ends 4 net-show nowhere
	ends 4 store-index nowhere
	ends 4 store-pull -s ./store -o new none
	ends 4 zoo-fetch nowhere/at/all
	ends 4 zoo-publish nowhere
}

@test "5: a full disk" {
	[ -e /dev/full ] || skip "no /dev/full"
	for cmd in 'nnutils' 'dset-show dset' 'job-list .' 'model-plot m' 'model-show m' 'net-show lenet' \
	    'store-list ./store' 'zoo-fetch --list' 'zoo-publish --dry-run card' \
	    'model-bench m --runs 1 --warmup 0 --starts 0' "model-infer -m m $one" 'model-pack m -o -' 'model-export m --safetensors -' 'store-index store' \
	    'dset-create --gray --size 28x28 -o new/d few' \
	    'dset-fetch mnist --from raw -o new/f' \
	    'model-train -d dset -n lenet -b 9 -e 1 -o new/m' \
	    'model-import --json m -o new/i' 'store-pull -s ./store -o new/p m'; do
		got=0
		bash -c "exec $cmd >/dev/full" 2>err || got=$?
		[ "$got" -eq 5 ] && grep -q "^${cmd%% *}: .*No space left" err ||
		    { echo "$cmd: $got"; cat err; return 1; }
	done
}

@test "6: no network" {
	url=http://127.0.0.1:9/
	export NNUTILS_CACHE=$D/new/cache
	ends 6 store-pull -s "$url" -o new m
	ends 6 store-index --check "$url"
	ends 6 dset-create -o new/d "$url"
	ends 6 dset-fetch mnist --from "$url" -o new/f
	ends 6 zoo-fetch --api "$url" 034c6ac3865563b69e60 -o new/z
	ends 6 zoo-publish --api "$url" --token-file <(echo t) card
}

@test "7: no such device" {
	ends 7 model-bench --device cuda:99 m
	ends 7 model-infer --device cuda:99 -m m "$one"
	ends 7 model-train --device cuda:99 -d dset -n lenet -o new/m
	ends 7 net-show --device cuda:99 --memory lenet
}

@test "8: refused" {
	mkdir -p new/there && echo mine >new/there/own
	echo mine >new/file.tar
	echo mine >new/file.png
	ends 8 dset-create --gray --size 28x28 -o new/there few
	ends 8 dset-create -f --gray --size 28x28 -o new/there few
	ends 8 dset-fetch mnist --from raw -o new/there
	ends 8 dset-show dset --montage new/file.png
	ends 8 model-import m -o new/there
	ends 8 model-infer -m m -d dset --confusion new/file.png
	ends 8 model-pack m -o new/file.tar
	echo mine >new/file.safetensors
	ends 8 model-export m --safetensors new/file.safetensors
	ends 8 model-train -d dset -n lenet -o new/there
	ends 8 net-show lenet --graph new/file.png
	mkdir new/m && echo mine >new/m/own
	ends 8 store-pull -s ./store -o new m
	[ "$(cat new/there/own new/m/own)" = "mine
mine" ]
}

@test "9: a gate was not met" {
	ends 9 model-bench m --runs 1 --warmup 0 --starts 0 --require 'p99<0'
	ends 9 model-infer -m m -d dset --summary --require 'top1>=2'
	ends 9 model-train -d dset -n lenet -b 9 -e 1 --require 'accuracy>=2' -o new/m
}

@test "75: stopped, and --resume goes on" {
	ends 75 model-train -d dset -n lenet -b 9 -e 100000 --time-budget 1s -o new/m
	ends 0 model-train -d dset -n lenet -b 9 -e 100000 --resume --until 'accuracy>=0' -o new/m
	mkfifo new/names
	model-infer -q -m m - <new/names >out 2>err & pid=$!
	exec 9>new/names
	echo "$one" >&9
	wait_for test -s out
	kill -TERM $pid
	got=0
	wait $pid || got=$?
	exec 9>&-
	[ "$got" -eq 75 ]
}
