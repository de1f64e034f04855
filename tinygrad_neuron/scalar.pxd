# What scalar.py is in C, read by Cython alone.
from .methods cimport Methods

cdef extern from *:
    """
    static Py_hash_t pointer_hash(PyObject *thing) {
        size_t place = (size_t)thing;
        Py_hash_t found = (Py_hash_t)((place >> 4) | (place << (8 * sizeof(place) - 4)));
        return found == -1 ? -2 : found;
    }
    """
    Py_hash_t pointer_hash(object thing)

cdef class Scalar(Methods):
    pass
