#!/usr/bin/env bats
# Data-parallel training: ranks of OpenMPI against one process.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
	export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl=self,vader
	# the same in Open MPI 5
	export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
	# OpenMPI's own plug-ins leave memory behind, unloaded when it is counted
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	command -v mpirun >/dev/null || return 0
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2 3; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 60 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export TRAIN="model-train -q -d $D/dset -n lenet -b 20 --device cpu -j 1 --keep 0"
	$TRAIN -e 3 -o "$D/alone"
}

setup() {
	command -v mpirun >/dev/null || skip "no mpirun"
	[ -e "$(dirname "$(command -v model-train)")/nnutils-mpi.so" ] ||
	    skip "built without MPI"
}

losses() {
	grep '"event": "val"' "$1/train.ndjson" |
	    sed 's/.*"loss": \([0-9.e-]*\).*/\1/'
}

newest() {
	ls "$1"/snapshot_iter_*.caffemodel | sort -V | tail -n 1
}

@test "2 and 4 ranks train as one process does, the same each time" {
	for n in 2 4; do
		run mpirun -n $n $TRAIN --mpi -e 3 -o "$D/r$n"
		[ "$status" -eq 0 ]
		[ "$(printf '%s\n' "$output" | grep -c accuracy)" -eq 1 ]
		mpirun -n $n $TRAIN --mpi -e 3 -o "$D/again$n"
		cmp "$(newest "$D/r$n")" "$(newest "$D/again$n")"
		paste <(losses "$D/alone") <(losses "$D/r$n") | awk '
		    { d = $1 - $2; if (d > 1e-5 * $1 || d < -1e-5 * $1) bad = 1 }
		    END { exit bad || NR != 4 }'
	done
}

@test "a killed rank stops all with a snapshot, which is gone on with" {
	mpirun -n 2 $TRAIN --mpi -e 100000 -o "$D/dead" >"$D/out" 2>&1 &
	pid=$!
	while ! grep -qs '"event": "train"' "$D/dead/train.ndjson"; do
		sleep 0.05
	done
	# rank 1 is the one that has no journal open
	for child in $(ps -o pid= --ppid $pid); do
		ls -l /proc/"$child"/fd 2>/dev/null | grep -q train.ndjson ||
		    other=$child
	done
	kill -KILL "$other"
	status=0
	wait $pid || status=$?
	[ "$status" -ne 0 ]
	tail -n 1 "$D/dead/train.ndjson" | grep -q '"event": "end"'
	ls "$D"/dead/snapshot_iter_*.solverstate
	run timeout 60 mpirun -n 2 model-train -q -o "$D/dead" --mpi --resume \
	    --device cpu -j 1 --time-budget 0.2
	[[ "$output" == *"stopped by time budget"* ]]
	ls "$D"/dead/snapshot_iter_*.solverstate
}

@test "gates and mistakes hold for all ranks" {
	run timeout 60 mpirun -n 2 $TRAIN --mpi -e 50 --until 'accuracy>=0.7' \
	    -o "$D/until"
	[ "$status" -eq 0 ]
	[[ "$output" == *until* ]]
	run timeout 60 mpirun -n 3 $TRAIN --mpi -e 1 -o "$D/odd"
	[ "$status" -ne 0 ]
	[[ "$output" == *"cannot be shared by 3 ranks"* ]]
	run timeout 60 mpirun -n 2 $TRAIN --mpi -e 1 -o "$D/until"
	[ "$status" -ne 0 ]
	[[ "$output" == *exists* ]]
}

# The whole of it is counted, by the first rank: figures are no means of shares.
@test "figures of a validation are those of one process, also at several sizes" {
	cd "$BATS_TEST_TMPDIR"
	sh "$BATS_TEST_DIRNAME/../../examples/triangles/triangles.sh" t 20 16 1
	dset-create -q -t segmentation --images t/images --masks t/masks \
	    --val 35 -o set >/dev/null
	cat >net.prototxt <<-'E'
	layer { name: "data" type: "Data" top: "data" exclude { stage: "deploy" } data_param { batch_size: 4 } }
	layer { name: "label" type: "Data" top: "label" exclude { stage: "deploy" } data_param { batch_size: 4 } }
	layer { name: "data" type: "Input" top: "data" include { stage: "deploy" } input_param { shape { dim: 1 dim: 1 dim: 16 dim: 16 } } }
	layer { name: "score" type: "Convolution" bottom: "data" top: "score" convolution_param { num_output: 2 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" include { stage: "deploy" } }
	E
	train="model-train -q -d set -n net.prototxt --device cpu -j 1 -e 4 --lr 0.03 --mean none --input-scale 0.004 --multi-scale 16-48/16@2 --mpi"
	$train -o one
	mpirun -n 2 $train -o two
	python3 - <<'END'
import json
def figures(m):
    v = [json.loads(l) for l in open(m + '/train.ndjson')]
    return [e['outputs'] for e in v if e['event'] == 'val']
one, two = figures('one'), figures('two')
assert len(one) == len(two) == 5
assert one[0] == two[0] and 'miou' in one[0], (one[0], two[0])
for a, b in zip(one, two):
    assert a.keys() == b.keys()
    assert all(abs(a[k] - b[k]) < 1e-3 for k in a), (a, b)
assert one[0]['miou'] != one[4]['miou']
END
}
