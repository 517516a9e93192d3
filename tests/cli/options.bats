#!/usr/bin/env bats
# Options that have no effect as they were given are named, in every program.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in" "$D/few"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1 2; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 20 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export TRAIN="model-train --device cpu -d $D/dset -n lenet -b 10 -e 1"
}

# says TEXT COMMAND...: it ends well and says that on stderr.
says() {
	text=$1
	shift
	"$@" >/dev/null 2>"$D/err" || {
		cat "$D/err"
		return 1
	}
	grep -qF -- "$text" "$D/err" || {
		cat "$D/err"
		return 1
	}
}

# quiet COMMAND...: it ends well and says nothing of options.
quiet() {
	"$@" >/dev/null 2>"$D/err"
	! grep 'no effect\|percent' "$D/err" || false
}

@test "model-train: what the solver and its policy do not use" {
	says '--stepvalues has no effect: it needs --lr-policy multistep' \
	    $TRAIN --dry-run --lr-policy step --stepvalues 20,40 -o "$D/x"
	says '--gamma has no effect: it needs --lr-policy step, multistep, exp, inv or sigmoid' \
	    $TRAIN --dry-run --lr-policy poly --gamma 0.2 -o "$D/x"
	says '--power has no effect' $TRAIN --dry-run --power 2 -o "$D/x"
	says '--step has no effect' $TRAIN --dry-run --lr-policy exp --step 2 -o "$D/x"
	says '--rms-decay has no effect: it needs --solver rmsprop' \
	    $TRAIN --dry-run --rms-decay 0.9 -o "$D/x"
	says '--momentum has no effect' $TRAIN --dry-run --solver adagrad --momentum 0.9 -o "$D/x"
	says '--momentum2 has no effect' $TRAIN --dry-run --momentum2 0.9 -o "$D/x"
	quiet $TRAIN --dry-run --lr-policy multistep --stepvalues 20,40 --gamma 0.2 -o "$D/x"
	quiet $TRAIN --dry-run --solver adam --momentum2 0.99 -o "$D/x"
}

@test "percent given as a share is asked about" {
	says '--stepvalues 0.5,0.85 is less than one percent' \
	    $TRAIN --dry-run --lr-policy multistep --stepvalues 0.5,0.85 -o "$D/x"
	says '--step 0.33 is less than one percent' $TRAIN --dry-run --step 0.33 -o "$D/x"
	says '--val 0.25 is less than one percent: for a quarter say 25' \
	    dset-create --gray --size 8x8 --duplicates ignore --val 0.25 -o "$D/v" "$D/few"
	quiet dset-create --gray --size 8x8 --duplicates ignore --val 0 -o "$D/v0" "$D/few"
}

@test "model-train: an end by validations that there are not, arrays for no top" {
	dset-create -q --gray --size 28x28 --val 0 -o "$D/noval" "$D/few"
	says '--early-stop has no effect: there is no validation' \
	    model-train --device cpu -d "$D/noval" -n lenet -b 10 -e 1 --early-stop 2 --dry-run -o "$D/x"
	: >"$D/a.npy"
	run $TRAIN --dry-run --input "datum=$D/a.npy" -o "$D/x"
	[ "$status" -eq 2 ]
	[[ "$output" == *"--input datum: no MemoryData or Input layer"* ]]
}

@test "model-train: an Accuracy layer that is left out is named" {
	{
		net-show --upgrade lenet
		echo 'layer { name: "top5" type: "Accuracy" bottom: "ip2"'
		echo '  bottom: "label" top: "top5" accuracy_param { top_k: 5 }'
		echo '  include { stage: "val" } }'
	} >"$D/top5.prototxt"
	says 'layer top5 is left out: its top_k is 5 of 3 classes' \
	    model-train --device cpu -d "$D/dset" -n "$D/top5.prototxt" --dry-run -o "$D/x"
}

@test "model-train --resume: what is other than at first is named, the same is not" {
	$TRAIN -q --lr 0.02 --seed 3 --mirror -o "$D/m"
	quiet $TRAIN --lr 0.020 --mirror --resume -o "$D/m"
	quiet model-train --resume --device cpu --momentum 0.9 -o "$D/m"
	says '--lr 0.1 has no effect with --resume: the training goes on with 0.02' \
	    model-train --resume --device cpu --lr 0.1 -o "$D/m"
	says '--solver adam has no effect with --resume' \
	    model-train --resume --device cpu --solver adam -o "$D/m"
	says '--mirror off has no effect with --resume' \
	    model-train --resume --device cpu --no-mirror -o "$D/m"
	quiet $TRAIN --lr 0.02 --resume --mirror --until 'accuracy>=0.1' -o "$D/m"
}

@test "dset-create: options of other sources, encodings and backends" {
	make="dset-create -f --gray --size 8x8 --duplicates ignore"
	says '--root has no effect: it needs --list, --val-list or --test-list' \
	    $make --root / -o "$D/c" "$D/few"
	says '--val has no effect beside --val-folder' \
	    $make --val 20 --val-folder "$D/few" -o "$D/c" "$D/few"
	says '--quality has no effect: it needs --encoding jpg' $make --quality 80 -o "$D/c" "$D/few"
	says '--encoding has no effect: it needs --backend lmdb' \
	    $make --backend hdf5 --encoding jpg -o "$D/c" "$D/few"
	says '--val-min-per-class has no effect: it needs --val-folder' \
	    $make --val-min-per-class 3 -o "$D/c" "$D/few"
	quiet $make --encoding jpg --quality 80 -o "$D/c" "$D/few"
}

@test "dset-create: a class map's names that match nothing" {
	printf '0\tzero\n7\tseven\n' >"$D/map"
	says "line 2: no class is called \"7\"" \
	    dset-create --gray --size 8x8 --duplicates ignore --class-map "$D/map" -o "$D/mapped" "$D/few"
	grep -qx zero "$D/mapped/labels.txt"
}

@test "net-show, dset-show: options of what is not shown" {
	says '--limit has no effect: it needs --memory' net-show --limit 3G lenet
	says '--check has no effect beside --upgrade' net-show --check --upgrade lenet
	says '--count has no effect: it needs --montage, --export or --cat' \
	    dset-show --count 3 "$D/dset"
}

@test "options that are said to be needed are options of the program" {
	n=0
	for f in src/*.c; do
		words=$(tr -d '\n\t' <"$f" | sed 's/" *"//g' |
		    grep -o '\.needs = "[^"]*"' | sed 's/.* = "\(.*\)"/\1/' |
		    tr ' ' '\n' | sed '/^=/d; s/^!*//; s/=.*//' | tr '|' '\n')
		for w in $words; do
			grep -q "\"$w\", OPT_" "$f" || {
				echo "$f: $w"
				return 1
			}
			n=$((n + 1))
		done
	done
	[ $n -gt 40 ]
}
