# What methods.py is in C, read by Cython alone.
from .node cimport Node

cdef extern from *:
    """
    static int add_method(PyTypeObject *kind, PyObject *name, PyObject *method) {
        return PyDict_SetItem(kind->tp_dict, name, method);
    }
    """
    int add_method(type kind, object name, object method) except -1

cdef class Methods(Node):
    pass
