# What primitives.py is in C, read by Cython alone.
cdef class Primitive:
    cdef public object fold, forward, composed
    cdef public str name, domain
    cdef public tuple rules, kinks, parameters, defaults
    cdef public bint variadic
    cdef dict __dict__
    cdef object __weakref__
