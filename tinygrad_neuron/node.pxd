# What a node is in C, read by Cython alone.
from .primitives cimport Primitive

cdef class Node:
    cdef public double _data, _grad, _dleft, _dright
    cdef public Node _left, _right
    cdef public Primitive _primitive
    cdef public object _tag
    cdef public tuple _rest
    cdef long long _mark  # of the latest walk that saw it
