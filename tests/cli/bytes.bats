#!/usr/bin/env bats
# The bytes of what is made: data sets, journals, snapshots, archives, stores.
# The same command gives the same bytes from one version to the next, too.
#
# tests/golden/bytes/sums has lines "SHA-256  NAME  [LIBRARY VERSION]".  A line
# with a library holds where pkg-config tells this version of it, since what an
# encoder or libhdf5 writes is its own business; "machine" is that of uname -m.
# BYTES_OUT=FILE writes the sums of this build, in the same form.

setup_file() {
	# Nets name their data by its whole path: one of this length, wherever it is.
	D=$BATS_FILE_TMPDIR/
	while [ "${#D}" -lt 200 ]; do D+=d; done
	[ "${#D}" -eq 200 ]
	export D
	mkdir "$D"
	export SUMS=$PWD/tests/golden/bytes/sums NET=$D/net.prototxt
	cp tests/golden/bytes/net.prototxt "$NET"
	export NNUTILS_CACHE=$D/cache
	local c i n=0
	for c in cat dog bird_of_prey; do
		for i in 1 2 3 4 5 6 7 8; do
			n=$((n + 1))
			picture "$D/src/$c/$i.ppm" "$n"
		done
	done
	# a class too small, a picture that is there twice, and one that is none
	picture "$D/src/newt/1.ppm" 99
	cp "$D/src/cat/1.ppm" "$D/src/dog/9.ppm"
	echo 'no picture' >"$D/src/dog/bad.png"
	cd "$D" || exit
	printf '%s\n' 'src/cat/1.ppm 0.5 1 0' 'src/cat/2.ppm 0.25 0 1' \
	    'src/dog/1.ppm -1 1 1' 'src/dog/2.ppm 3e4 0 0' >columns
}

setup() {
	cd "$D" || exit
}

# picture FILE SEED: 12x9 pixels, smooth enough for JPEG and different each.
picture() {
	mkdir -p "$(dirname "$1")"
	awk -v s="$2" 'BEGIN {
		print "P3\n12 9\n255"
		for (i = 0; i < 12 * 9 * 3; i++)
			print (s * 53 + i * 2 + (i * s) % 23) % 256
	}' >"$1"
}

# holds SUM NAME [LIBRARY]: it is what the line of this library's version says.
holds() {
	local version
	case ${3-} in
	'') ;;
	machine) version=$(uname -m) ;;
	*) version=$(pkg-config --modversion "$3") || return 0 ;;
	esac
	if [ -n "${BYTES_OUT-}" ]; then
		echo "$1  $2${3:+  $3 $version}" >>"$BYTES_OUT"
		return
	fi
	awk -v name="$2" -v lib="${3-}" -v version="${version-}" -v sum="$1" '
		$2 == name && $3 == lib && $4 == version {
			found = 1
			if ($1 != sum) bad = 1
		}
		END {
			if (!found && lib == "") bad = 1
			if (!found && lib != "")
				printf "# %s: no sum for %s %s\n", name, lib, version
			exit bad
		}' "$SUMS" || {
		echo "$2 has other bytes than it had: $1"
		return 1
	}
}

# file PATH [LIBRARY], and the same of what runs from standard input.
file() {
	holds "$(sha256sum <"$1" | cut -c1-64)" "$1" ${2+"$2"}
}

stream() { # NAME [LIBRARY]
	holds "$(sha256sum | cut -c1-64)" "$1" ${2+"$2"}
}

# Times and sizes of memory, which differ from run to run, and where it ran.
masked() {
	sed -E -e '/^ *"arguments": \[$/,/^ *\],$/d' -e '/^ *"directory": /d' \
	    -e 's/("(seconds|elapsed|images_per_s|waited)": )[-+.e0-9]+/\1T/' \
	    -e 's/("(elapsed|images_per_s|waited)": )[-+.e0-9]+/\1T/g' \
	    -e 's/, "panel": \{[^}]*\}//' \
	    -e 's/("creation time": )"[^"]*"/\1"2000-01-01 00:00:00.000000"/' "$1"
}

# moved FILE...: as if they had been made in a folder of one name.
moved() {
	LC_ALL=C sed -i "s|$D|$(printf '%200s' '' | tr ' ' d)|g" "$@"
}

made() { # STATUS COMMAND...
	local want=$1
	shift
	run "$@"
	[ "$status" -eq "$want" ] || {
		echo "$output"
		return 1
	}
}

# set_of DIR DATABASE-LIBRARY [PICTURE-LIBRARY]: a data set and what is told of
# it.  What is stored raw is shown as PNG.
set_of() {
	local part lib=${3:-$2} shown=${3:-libdeflate}
	for part in train val test; do
		[ -d "$1/${part}_db" ] || continue
		find "$1/${part}_db" -type f | sort | xargs cat |
		    stream "$1/${part}_db" "$lib"
		file "$1/$part.txt"
		dset-show -p $part --cat "$1" | stream "$1/$part.tar" "$shown"
	done
	[ ! -e "$1/labels.txt" ] || file "$1/labels.txt"
	[ ! -e "$1/mean.binaryproto" ] || file "$1/mean.binaryproto"
	# a digest is of what is stored, and so are the bytes
	masked "$1/dataset.json" | stream "$1/dataset.json" "$lib"
	dset-show --json "$1" | masked - | stream "$1/show" "$lib"
	dset-show --stats --json "$1" | masked - | stream "$1/stats" ${3+"$3"}
}

@test "data sets as LMDB: raw, PNG, JPEG; gray and colour" {
	made 1 dset-create -q --size 8x8 --encoding none --test 20 -o raw src
	set_of raw lmdb
	made 1 dset-create -q --size 8x8 --gray --encoding none --resize fill \
	    --duplicates drop --seed 3 -o gray src
	set_of gray lmdb
	made 1 dset-create -q --size 10x7 --resize crop -o png src
	set_of png lmdb libdeflate
	made 1 dset-create -q --size 8x8 --png-level 6 --gray --mean none -o png6 src
	set_of png6 lmdb libdeflate
	made 1 dset-create -q --size 8x8 --encoding jpg --no-shuffle --max-per-class 6 \
	    -o jpg src
	set_of jpg lmdb libjpeg
}

@test "data sets as HDF5" {
	made 1 dset-create -q --size 8x8 --backend hdf5 -o h5 src
	set_of h5 hdf5-serial
	made 1 dset-create -q --size 8x8 --backend hdf5 --compression gzip --gray \
	    -o h5gz src
	set_of h5gz hdf5-serial
}

@test "data sets of numbers" {
	made 0 dset-create -q --size 8x8 --encoding none --list columns \
	    --labels-from column --val 25 -o numbers
	set_of numbers lmdb
	made 0 dset-create -q --size 8x8 --backend hdf5 --list columns \
	    --labels-from column --val 25 -o numbers5
	set_of numbers5 hdf5-serial
}

@test "pictures that are exported" {
	made 1 dset-create -q --size 8x8 --encoding none -o out src
	dset-show -q --export files out
	(cd files && find . -type f | sort) | stream files-names
	find files -type f | sort | xargs cat | stream files libdeflate
}

@test "a training of three snapshots, packed and stored" {
	made 1 dset-create -q --size 8x8 --encoding none -o set src
	model-train -q -d set -n "$NET" --device ref -e 3 --keep 0 --mirror --lr 0.05 \
	    --seed 7 -o net
	rm net/best.caffemodel # a link, which has no bytes
	moved net/*
	for f in original train_val deploy solver; do file net/$f.prototxt; done
	for f in net/snapshot_*.caffemodel net/*.solverstate; do
		file "$f" machine
	done
	[ "$(find net -name 'snapshot_*.caffemodel' | wc -l)" -eq 3 ]
	masked net/train.ndjson | stream net/train.ndjson machine
	masked net/info.json >info.json
	cat info.json >net/info.json
	file net/info.json
	model-pack -q net -o net.tar
	file net.tar machine
	mkdir -p store
	cp -r net store/
	# a log has the times of day; how letters are drawn is cairo's
	rm store/net/train.log store/net/train.ndjson store/net/first_batch.png
	store-index -q store
	file store/manifest.json machine
	file store/master.json
	store-pull -q -s store -o pulled net
	file pulled/models.lock machine
	for f in store/net/*; do cmp "$f" "pulled/net/${f##*/}"; done
}

@test "snapshots as HDF5" {
	made 1 dset-create -q --size 8x8 --encoding none -o set5 src
	model-train -q -d set5 -n "$NET" --device ref -e 1 --lr 0.05 -o solved
	sed "s|net: .*|net: \"solved/train_val.prototxt\"|" solved/solver.prototxt \
	    >solver.prototxt
	echo 'snapshot_format: HDF5' >>solver.prototxt
	model-train -q --solver-file solver.prototxt --device ref -o solved5
	moved solved5/*.h5
	for f in solved5/*.h5; do file "$f" hdf5-serial; done
}

@test "another byte is another sum" {
	unset BYTES_OUT
	printf 'a' >one
	run file one
	[ "$status" -ne 0 ] && [[ $output == *'one has other bytes'* ]]
	cp "$SUMS" sums
	SUMS=sums
	sha256sum one >>sums
	file one
	printf 'b' >one
	run file one
	[ "$status" -ne 0 ] && [[ $output == *'one has other bytes'* ]]
}
