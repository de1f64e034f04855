# What value.py is in C, read by Cython alone: the fields of a node, and the functions that are called without Python.
from .node cimport Node
from .primitives cimport Primitive
from .recording cimport Switch
from .scalar cimport Scalar

cdef Switch switch
cdef object current_tag, NO_TAG
cdef Primitive CONSTANT, ADD, SUB, MUL, DIV, POW
cdef tuple NO_REST, CLOSED
cdef double NOTHING

cdef extern from *:
    """
    /* A node of a kind, without questions. The collector of cycles is told of it only if it may be in one. */
    static PyObject *new_node_of(PyTypeObject *base, PyObject *kind) {
        static PyObject *nothing = NULL;
        PyObject *node;
        if (!nothing && !(nothing = PyTuple_New(0))) return NULL;
        node = base->tp_new((PyTypeObject *)kind, nothing, NULL);
        if (node && (PyTypeObject *)kind == base) PyObject_GC_UnTrack(node);
        return node;
    }
    /* These kinds have no fields beside a node's: what makes and frees a node is enough for them. */
    static void make_and_free_as(PyTypeObject *kind, PyTypeObject *node) {
        /* inspect reads a signature before the docstring */
        const char *signature = "Value(data, *, label='', constant=False, parameter=False)\\n--\\n\\n";
        char *doc = (char *)malloc(strlen(signature) + strlen(kind->tp_doc) + 1);
        if (doc) kind->tp_doc = strcat(strcpy(doc, signature), kind->tp_doc);
        for (; kind != node; kind = kind->tp_base) {
            kind->tp_new = node->tp_new;
            kind->tp_dealloc = node->tp_dealloc;
            kind->tp_traverse = node->tp_traverse;
            kind->tp_clear = node->tp_clear;
        }
    }
    static void leave_alone(PyObject *node, PyTypeObject *base) {
        if (Py_TYPE(node) == base && PyObject_GC_IsTracked(node)) PyObject_GC_UnTrack(node);
    }
    static void watch(PyObject *node, PyObject *operand) {
        if (PyObject_GC_IsTracked(operand) && !PyObject_GC_IsTracked(node)) PyObject_GC_Track(node);
    }
    """
    void make_and_free_as(type kind, type node)
    void leave_alone(object node, type base)
    object new_node_of(type base, object kind)
    void watch(object node, object operand)

cdef inline int watch_all(object node, object operands) except -1:
    for each in operands:
        watch(node, each)
    return 0

cdef inline object new_node(object kind):
    return new_node_of(Value, kind)

cdef class Value(Scalar):
    pass

cdef long long _walks  # how many there were: a walk leaves its number in the nodes that it saw

cdef Value _constant(object number, type kind=*)
cdef Value _binary(Value left, Primitive primitive, double data, Value right, double dleft, double dright)
cpdef bint is_nothing(double number)
