#!/usr/bin/env bats
# Outputs and gates are proven before work starts: what cannot be written, or is
# not measured, is said at once; nothing is made, changed or left behind.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache TMPDIR=$PWD
	rm -rf t
	mkdir t
	echo precious >t/there.png
	echo precious >t/there.npy
	echo precious >t/there.svg
	echo precious >t/there.tar
	mkdir t/dir.png t/dir.npy t/dir.svg t/dir.tar t/dir.d
	find t | sort >before
	infer="model-infer -m m --device cpu"
	one="few/0/$(ls few/0 | head -n 1)"
	train="model-train -d dset -n lenet -e 1 -b 9 --device cpu"
	create="dset-create --gray --size 28x28"
}

# refuse STATUS WORDS COMMAND...: it says WORDS, and t is as it was.
refuse() {
	local want=$1 words=$2
	shift 2
	run timeout 60 "$@"
	[ "$status" -eq "$want" ] && [[ "$output" == *"$words"* ]] || {
		echo "$*: $status: $output"
		return 1
	}
	find t | sort | diff before - || return 1
	[ "$(cat t/there.*)" = "$(printf 'precious\n%.0s' 1 2 3 4)" ]
}

# file EXT COMMAND...: the command's last option wants a file that ends in EXT.
file() {
	local e=$1
	shift
	refuse 4 'No such file' "$@" "t/none/x$e" || return 1
	refuse 8 'is a folder' "$@" "t/dir$e" || return 1
	refuse 4 'Not a directory' "$@" "t/there.png/x$e" || return 1
	[ ! -e "t/there$e" ] || [ -n "$anew" ] ||
	    refuse 8 'exists' "$@" "t/there$e" || return 1
	refuse 5 'name too long' "$@" "t/$(printf 'n%.0s' $(seq 254))$e"
}

@test "files of every program" {
	file .png dset-show dset --montage
	file .png dset-show dset --record 0 -o
	file .svg net-show lenet --graph
	file .tar model-pack m -o
	file .npy $infer "$one" --npy
	file .png $infer --db dset/val_db --confusion
	anew=1
	for cmd in "$create -o t/new few" "$train -o t/new" "$infer $one"; do
		file .d $cmd --deps
	done
	for cmd in "$create -o t/new few" "dset-show dset" "job-list" "$infer $one" \
	    "model-import m -o t/new" "store-index store"; do
		file .d $cmd --bad
	done
}

@test "a file of events" {
	refuse 4 'No such file' $train -o t/new --events t/none/x
	refuse 5 'is not open for writing' $train -o t/new --events 77
	refuse 5 'is not open for writing' bash -c "$train -o t/new --events 5 5</dev/null"
}

@test "endings that mean nothing" {
	refuse 2 'does not end in .png' dset-show dset --montage t/x.jpg
	refuse 2 'does not end in .svg, .png, .pdf, .dot' net-show lenet --graph t/x.jpg
	refuse 2 'does not end in .tar, .tar.gz' model-pack m -o t/x.rar
	refuse 2 'does not end in .png, .svg, .tsv' $infer --db dset/val_db --confusion t/x.gif
	refuse 2 'does not end in' model-pack m -o t/tar
}

@test "folders of every program" {
	for cmd in "$create few -o" "dset-fetch mnist --from raw -o" \
	    "model-import m -o" "$train -o" "zoo-fetch x -o" \
	    "store-pull m -s store -o" "dset-show dset --export"; do
		refuse 8 'is not a folder' $cmd t/there.png
		refuse 4 'Not a directory' $cmd t/there.png/x
	done
}

@test "rights" {
	[ "$(id -u)" -ne 0 ] || skip "root may write everywhere"
	mkdir t/ro
	chmod 555 t/ro
	find t | sort >before
	refuse 5 'Permission denied' $infer "$one" --npy t/ro/x.npy
	refuse 5 'Permission denied' $create few -o t/ro/x
	refuse 5 'Permission denied' model-pack m -o t/ro/x.tar
	refuse 5 'Permission denied' net-show lenet --graph t/ro/x.svg
	refuse 5 'Permission denied' store-pull m -s store -o t/ro
}

@test "two outputs in one file" {
	refuse 2 'is also the output of --' $infer --db dset/val_db --npy t/new.png \
	    --confusion ./t/new.png
	refuse 2 'is also the output of --' $create few -o t/new --bad t/x --deps t/../t/x
}

@test "several arrays: each name is tried" {
	echo precious >t/a.ip1.npy
	find t | sort >before
	refuse 8 'a.ip1.npy exists' $infer "$one" --outputs conv1,ip1 --npy t/a.npy
	rm t/a.ip1.npy
	find t | sort >before
	mkdir t/a.ip1.npy
	find t | sort >before
	refuse 8 'is a folder' $infer "$one" --outputs conv1,ip1 --npy t/a.npy
}

@test "gates: how they are written, and names that nothing measures" {
	refuse 2 'not NAME>=NUMBER' $train -o t/new --until accuracy
	refuse 2 'not NAME>=NUMBER' $train -o t/new --require 'accuracy>=x'
	refuse 2 'not NAME>=NUMBER' $infer --db dset/val_db --require 'top1=>1'
	refuse 2 'no measurement "acuracy" (there is: loss, accuracy)' \
	    $train -o t/new --until 'acuracy>=0.5'
	refuse 2 '--require: no measurement "top1"' $train -o t/new --require 'top1>=0.5'
	refuse 2 'no measurement "accuracy" (there is: top1, top5, ece, mce)' \
	    $infer --db dset/val_db --require 'accuracy>=0.5'
	refuse 2 'need validation' $train -o t/new --val-interval 0 --require 'loss<9'
}

@test "gates and figures without labels" {
	for o in "--require top1>=0.5" "--confusion t/c.png" --per-class "--mistakes 3"; do
		refuse 2 'needs labels' $infer "$one" $o
		echo "$one" >names
		refuse 2 'needs labels' $infer --list names $o
	done
}

@test "what was refused for another reason empties no list of bad items" {
	echo '{"path": "precious"}' >t/bad
	find t | sort >before
	refuse 4 'No such file' $create -o t/new none --bad t/bad
	grep -q precious t/bad
	refuse 2 'no source' $create -o t/new --bad t/bad
	grep -q precious t/bad
}

@test "pipes and devices are not opened to be tried" {
	mkfifo t/pipe
	timeout 20 $infer "$one" --npy t/pipe >/dev/null &
	head -c 6 t/pipe | tail -c 5 >got
	wait $! || true
	[ "$(cat got)" = NUMPY ]
	$infer "$one" --npy /dev/null >/dev/null
}

@test "proven outputs are made all the same" {
	$infer --db dset/val_db --npy t/a.npy --confusion t/c.png >/dev/null
	[ -s t/a.npy ]
	[ -s t/c.png ]
	$infer --db dset/val_db --npy t/there.npy -f >/dev/null
	! grep -q precious t/there.npy || false
	[ -z "$(find t -name '.*')" ]
}
