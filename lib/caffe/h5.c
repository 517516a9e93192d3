/*
 * libhdf5, found at run time.
 *
 * Debian's libhdf5 pulls in libcurl, Kerberos and forty more libraries, which
 * cost every program milliseconds at its start, and hardly any run touches an
 * HDF5 file.  So nothing is linked with it: the functions below stand in for
 * those of the same names, load the library when the first one is called, and
 * pass the call on.  They are hidden, so that the library itself does not meet
 * them.  Users include hdf5.h as ever; a function that is missing here is a
 * link error: add a line.
 *
 * Where the library is absent every call fails; h5_load says why.
 */
#pragma GCC visibility push(hidden)
#include <hdf5.h>
#pragma GCC visibility pop

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/h5.h"

/* The numbers that hdf5.h's names of types and classes stand for. */
hid_t H5T_NATIVE_FLOAT_g = -1, H5T_NATIVE_INT_g = -1, H5T_IEEE_F32LE_g = -1,
      H5T_C_S1_g = -1, H5P_CLS_DATASET_CREATE_ID_g = -1,
      H5P_CLS_LINK_CREATE_ID_g = -1, H5P_CLS_FILE_ACCESS_ID_g = -1;

static const struct {
	const char *name;
	hid_t *to;
} numbers[] = {
	{ "H5T_NATIVE_FLOAT_g", &H5T_NATIVE_FLOAT_g },
	{ "H5T_NATIVE_INT_g", &H5T_NATIVE_INT_g },
	{ "H5T_IEEE_F32LE_g", &H5T_IEEE_F32LE_g },
	{ "H5T_C_S1_g", &H5T_C_S1_g },
	{ "H5P_CLS_DATASET_CREATE_ID_g", &H5P_CLS_DATASET_CREATE_ID_g },
	{ "H5P_CLS_LINK_CREATE_ID_g", &H5P_CLS_LINK_CREATE_ID_g },
	{ "H5P_CLS_FILE_ACCESS_ID_g", &H5P_CLS_FILE_ACCESS_ID_g },
};

/* name(result, parameters, arguments) of what is passed on. */
#define FUNCTIONS(X)                                                           \
	X(herr_t, H5check_version, (unsigned a, unsigned b, unsigned c),       \
	    (a, b, c))                                                         \
	X(herr_t, H5Eset_auto2,                                                \
	    (hid_t estack_id, H5E_auto2_t func, void *client_data),            \
	    (estack_id, func, client_data))                                    \
	X(herr_t, H5Eclear2, (hid_t err_stack), (err_stack))                   \
	X(herr_t, H5Ewalk2,                                                    \
	    (hid_t err_stack, H5E_direction_t direction, H5E_walk2_t func,     \
		void *client_data),                                            \
	    (err_stack, direction, func, client_data))                         \
	X(hid_t, H5Fopen,                                                      \
	    (const char *filename, unsigned flags, hid_t fapl_id),             \
	    (filename, flags, fapl_id))                                        \
	X(hid_t, H5Fcreate,                                                    \
	    (const char *filename, unsigned flags, hid_t fcpl_id,              \
		hid_t fapl_id),                                                \
	    (filename, flags, fcpl_id, fapl_id))                               \
	X(herr_t, H5Fclose, (hid_t file_id), (file_id))                        \
	X(herr_t, H5Fflush, (hid_t object_id, H5F_scope_t scope),              \
	    (object_id, scope))                                                \
	X(htri_t, H5Fis_hdf5, (const char *filename), (filename))              \
	X(hid_t, H5Gopen2, (hid_t loc_id, const char *name, hid_t gapl_id),    \
	    (loc_id, name, gapl_id))                                           \
	X(hid_t, H5Gcreate2,                                                   \
	    (hid_t loc_id, const char *name, hid_t lcpl_id, hid_t gcpl_id,     \
		hid_t gapl_id),                                                \
	    (loc_id, name, lcpl_id, gcpl_id, gapl_id))                         \
	X(hid_t, H5Oopen, (hid_t loc_id, const char *name, hid_t lapl_id),     \
	    (loc_id, name, lapl_id))                                           \
	X(herr_t, H5Literate,                                                  \
	    (hid_t grp_id, H5_index_t idx_type, H5_iter_order_t order,         \
		hsize_t * idx, H5L_iterate_t op, void *op_data),               \
	    (grp_id, idx_type, order, idx, op, op_data))                       \
	X(htri_t, H5Lexists, (hid_t loc_id, const char *name, hid_t lapl_id),  \
	    (loc_id, name, lapl_id))                                           \
	X(H5I_type_t, H5Iget_type, (hid_t id), (id))                           \
	X(int, H5Idec_ref, (hid_t id), (id))                                   \
	X(hid_t, H5Dopen2, (hid_t loc_id, const char *name, hid_t dapl_id),    \
	    (loc_id, name, dapl_id))                                           \
	X(hid_t, H5Dcreate2,                                                   \
	    (hid_t loc_id, const char *name, hid_t type_id, hid_t space_id,    \
		hid_t lcpl_id, hid_t dcpl_id, hid_t dapl_id),                  \
	    (loc_id, name, type_id, space_id, lcpl_id, dcpl_id, dapl_id))      \
	X(herr_t, H5Dclose, (hid_t dset_id), (dset_id))                        \
	X(herr_t, H5Dread,                                                     \
	    (hid_t dset_id, hid_t mem_type_id, hid_t mem_space_id,             \
		hid_t file_space_id, hid_t dxpl_id, void *buf),                \
	    (dset_id, mem_type_id, mem_space_id, file_space_id, dxpl_id, buf)) \
	X(herr_t, H5Dwrite,                                                    \
	    (hid_t dset_id, hid_t mem_type_id, hid_t mem_space_id,             \
		hid_t file_space_id, hid_t dxpl_id, const void *buf),          \
	    (dset_id, mem_type_id, mem_space_id, file_space_id, dxpl_id, buf)) \
	X(hid_t, H5Dget_space, (hid_t dset_id), (dset_id))                     \
	X(hid_t, H5Dget_type, (hid_t dset_id), (dset_id))                      \
	X(herr_t, H5Dset_extent, (hid_t dset_id, const hsize_t size[]),        \
	    (dset_id, size))                                                   \
	X(herr_t, H5Dvlen_reclaim,                                             \
	    (hid_t type_id, hid_t space_id, hid_t dxpl_id, void *buf),         \
	    (type_id, space_id, dxpl_id, buf))                                 \
	X(herr_t, H5Sclose, (hid_t space_id), (space_id))                      \
	X(hid_t, H5Screate, (H5S_class_t type), (type))                        \
	X(hid_t, H5Screate_simple,                                             \
	    (int rank, const hsize_t dims[], const hsize_t maxdims[]),         \
	    (rank, dims, maxdims))                                             \
	X(int, H5Sget_simple_extent_ndims, (hid_t space_id), (space_id))       \
	X(int, H5Sget_simple_extent_dims,                                      \
	    (hid_t space_id, hsize_t dims[], hsize_t maxdims[]),               \
	    (space_id, dims, maxdims))                                         \
	X(hssize_t, H5Sget_simple_extent_npoints, (hid_t space_id),            \
	    (space_id))                                                        \
	X(herr_t, H5Sselect_hyperslab,                                         \
	    (hid_t space_id, H5S_seloper_t op, const hsize_t start[],          \
		const hsize_t stride[], const hsize_t count[],                 \
		const hsize_t block[]),                                        \
	    (space_id, op, start, stride, count, block))                       \
	X(H5T_class_t, H5Tget_class, (hid_t type_id), (type_id))               \
	X(hid_t, H5Tcopy, (hid_t type_id), (type_id))                          \
	X(herr_t, H5Tset_size, (hid_t type_id, size_t size), (type_id, size))  \
	X(size_t, H5Tget_size, (hid_t type_id), (type_id))                     \
	X(htri_t, H5Tis_variable_str, (hid_t type_id), (type_id))              \
	X(herr_t, H5Tclose, (hid_t type_id), (type_id))                        \
	X(hid_t, H5Pcreate, (hid_t cls_id), (cls_id))                          \
	X(herr_t, H5Pclose, (hid_t plist_id), (plist_id))                      \
	X(herr_t, H5Pset_chunk,                                                \
	    (hid_t plist_id, int ndims, const hsize_t dim[]),                  \
	    (plist_id, ndims, dim))                                            \
	X(herr_t, H5Pset_deflate, (hid_t plist_id, unsigned level),            \
	    (plist_id, level))                                                 \
	X(herr_t, H5Pset_obj_track_times,                                      \
	    (hid_t plist_id, hbool_t track_times), (plist_id, track_times))    \
	X(herr_t, H5Pset_file_locking,                                         \
	    (hid_t fapl_id, hbool_t use_file_locking,                          \
		hbool_t ignore_when_disabled),                                 \
	    (fapl_id, use_file_locking, ignore_when_disabled))                 \
	X(herr_t, H5Pset_fclose_degree,                                        \
	    (hid_t fapl_id, H5F_close_degree_t degree), (fapl_id, degree))     \
	X(herr_t, H5Pset_create_intermediate_group,                            \
	    (hid_t plist_id, unsigned crt_intmd), (plist_id, crt_intmd))

#define X(ret, name, params, args) ret(*name) params;
static struct {
	FUNCTIONS(X)
	herr_t (*H5open)(void);
} api;
#undef X

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
#define X(ret, name, params, args) { #name, offsetof(__typeof__(api), name) },
	FUNCTIONS(X)
#undef X
	    { "H5open", offsetof(__typeof__(api), H5open) },
};

static struct err_saved failure; /* code 0: loaded */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *
find_library(void)
{
	static const char *const names[] = { "libhdf5_serial.so.103",
		"libhdf5.so.103", "libhdf5_serial.so", "libhdf5.so" };
	void *lib = NULL;
	size_t i;

	for (i = 0; lib == NULL && i < LENGTH(names); i++)
		lib = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
	return lib;
}

static int
load_all(void)
{
	void *lib = find_library(), *p;
	size_t i;

	if (lib == NULL)
		return err_set(ERR_UNSUPPORTED, "no HDF5: %s", dlerror());
	for (i = 0; i < LENGTH(symbols); i++) {
		p = dlsym(lib, symbols[i].name);
		if (p == NULL)
			return err_set(ERR_UNSUPPORTED,
			    "no HDF5: the library lacks %s", symbols[i].name);
		memcpy((char *)&api + symbols[i].at, &p, sizeof p);
	}
	if (api.H5open() < 0)
		return err_set(ERR_UNSUPPORTED, "HDF5 does not start");
	for (i = 0; i < LENGTH(numbers); i++) {
		p = dlsym(lib, numbers[i].name);
		if (p == NULL)
			return err_set(ERR_UNSUPPORTED,
			    "no HDF5: the library lacks %s", numbers[i].name);
		memcpy(numbers[i].to, p, sizeof(hid_t));
	}
	return 0;
}

static void
load(void)
{
	err_save(&failure, load_all());
}

int
h5_load(void)
{
	pthread_once(&once, load);
	return failure.code < 0 ? err_restore(&failure) : 0;
}

/* What the macros of hdf5.h call before they use a number. */
herr_t
H5open(void)
{
	return h5_load() < 0 ? -1 : 0;
}

#define X(ret, name, params, args)                                             \
	ret name params                                                        \
	{                                                                      \
		return h5_load() < 0 ? (ret)-1 : api.name args;                \
	}
FUNCTIONS(X)
#undef X
