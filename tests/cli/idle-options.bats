#!/usr/bin/env bats
# Options that have no effect on what was given are named, and work goes on.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	export NNUTILS_DEVICE=cpu
	one="few/0/$(ls few/0 | head -n 1)"
}

# A training on a layer of planes as they are.
solver() { # LAYER
	cat >net.prototxt <<-E
	$1
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2
	    weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip"
	  bottom: "label" top: "loss" }
	E
	printf '%s\n' 'net: "net.prototxt"' 'base_lr: 0.01' 'lr_policy: "fixed"' \
	    'max_iter: 1' >solver.prototxt
}

@test "--rgb names the layers that give planes as they are stored" {
	python3 - <<-E
	import struct
	for name, shape in ('x.npy', (4, 3, 2, 2)), ('y.npy', (4,)):
	    head = repr({'descr': '<f4', 'fortran_order': False, 'shape': shape})
	    head = head + ' ' * (53 + 64 - len(head)) + '\n'
	    n = 1
	    for d in shape:
	        n *= d
	    open(name, 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) +
	        head.encode() + struct.pack('<%df' % n, *([0] * n)))
	E
	solver 'layer { name: "mem" type: "MemoryData" top: "data" top: "label"
	    memory_data_param { batch_size: 2 channels: 3 height: 2 width: 2 } }'
	train="model-train --solver-file solver.prototxt --input data=x.npy
	    --input label=y.npy"
	run $train --rgb --dry-run -o t
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *'--rgb has no effect on layer "mem" (MemoryData): '* ]]
	run $train --dry-run -o t
	[[ "$output" != *'--rgb'* ]]
	run $train --rgb -o t
	[ "$status" -eq 0 ]
	[ "$(grep -c -e '--rgb has no effect' <<<"$output")" -eq 1 ]
}

@test "--rgb says nothing of layers that heed it, and names only the others" {
	dset-create -q --backend hdf5 --size 4x4 -o h5 few >/dev/null
	ls "$PWD"/h5/train_db/*.h5 >h5.txt
	solver 'layer { name: "h" type: "HDF5Data" top: "data" top: "label"
	    include { phase: TRAIN } hdf5_data_param { source: "h5.txt" batch_size: 2 } }
	layer { name: "h" type: "HDF5Data" top: "data" top: "label"
	    include { phase: TEST } hdf5_data_param { source: "h5.txt" batch_size: 2 } }'
	run model-train --solver-file solver.prototxt --rgb --dry-run -o u
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *'--rgb has no effect on layer "h" (HDF5Data): '* ]]
	dset-create -q --size 28x28 -o colour few >/dev/null
	run model-train -d colour -n lenet -b 9 --rgb --dry-run -o u
	[ "$status" -eq 0 ]
	[[ "$output" != *'no effect'* ]]
}

@test "--autotune on a CPU" {
	run model-infer --autotune -m m "$one"
	[ "$status" -eq 0 ]
	[[ "$output" == *'--autotune has no effect: cpu '* ]]
	run model-train --autotune -d dset -n lenet -b 9 -e 1 -o tuned
	[ "$status" -eq 0 ]
	[ "$(grep -c -e '--autotune has no effect: cpu ' <<<"$output")" -eq 1 ]
	run model-infer -m m "$one"
	[[ "$output" != *autotune* ]]
}

@test "--s3-endpoint without an s3 source" {
	run dset-create --s3-endpoint http://127.0.0.1:1 -o plain few
	[ "$status" -eq 0 ]
	[[ "$output" == *'--s3-endpoint has no effect: no source is in s3://'* ]]
	run dset-create --s3-endpoint http://127.0.0.1:1 -o s3 s3://bucket/x
	[ "$status" -eq 6 ]
	[[ "$output" != *'no effect'* ]]
}
