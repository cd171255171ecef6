"""How compiled rules read and write columns: `npos[i].trust[k]` is one address, computed from the header of the columns.

An extension of numba by three types: Columns (the header and the number of agents), Row (the header and a slot) and List
(an address and a length). Whole numbers are 64 bits wide in rules, whatever their width in memory. A fourth type is a record
that no rule changes.
"""

import functools
import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import NativeValue, intrinsic, lower_builtin, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import record_getattr

from cisim.numerics.columns import Columns

WORD = ir.IntType(64)
IN_MEMORY = {"i1": ir.IntType(8), "i2": ir.IntType(16), "i4": ir.IntType(32), "i8": WORD, "f8": ir.DoubleType()}


def in_rules(kind: str) -> Any:
    """The number type that rules see."""
    return types.float64 if kind == "f8" else types.int64


class ColumnsType(types.Type):
    """Columns with these fields; the lengths of lists are known only at run time."""

    def __init__(self, layout: tuple[tuple[str, str, bool], ...]) -> None:
        self.layout = layout
        self.where = {name: (k, kind, is_list) for k, (name, kind, is_list) in enumerate(layout)}
        super().__init__(f"Columns({layout})")


class RowType(types.Type):
    """One agent of some columns."""

    def __init__(self, columns: ColumnsType) -> None:
        self.columns = columns
        super().__init__(f"Row({columns.name})")


class ListType(types.Type):
    """A list field of one agent."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"ListField({kind})")


def _model(of: type, *members: tuple[str, Any]) -> None:
    @register_model(of)
    class _Model(models.StructModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, list(members))


_model(ColumnsType, ("header", types.voidptr), ("count", types.intp))
_model(RowType, ("header", types.voidptr), ("slot", types.intp))
_model(ListType, ("first", types.voidptr), ("length", types.intp))


@typeof_impl.register(Columns)
def _type_of(value: Columns, _: Any) -> ColumnsType:
    return _columns_type(value.layout)  # asked for at each call of a kernel


@functools.lru_cache
def _columns_type(layout: tuple[tuple[str, str, bool], ...]) -> ColumnsType:
    return ColumnsType(layout)


@unbox(ColumnsType)
def _unbox(kind: ColumnsType, value: Any, c: Any) -> NativeValue:
    columns = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    for name in ("address", "count"):
        number = c.pyapi.object_getattr_string(value, name)
        native = c.pyapi.long_as_longlong(number)
        c.pyapi.decref(number)
        if name == "address":
            columns.header = c.builder.inttoptr(native, cgutils.voidptr_t)
        else:
            columns.count = native
    return NativeValue(columns._getvalue())


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        of, index = args
        if isinstance(index, types.Integer) and isinstance(of, ColumnsType):
            return signature(RowType(of), of, types.intp)
        if isinstance(index, types.Integer) and isinstance(of, ListType):
            return signature(in_rules(of.kind), of, types.intp)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        of, index, _ = args
        if isinstance(index, types.Integer) and isinstance(of, ListType):
            return signature(types.none, of, types.intp, in_rules(of.kind))
        return None


@infer_global(len)
class _Len(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.intp, args[0]) if isinstance(args[0], (ColumnsType, ListType)) else None


@infer_getattr
class _Fields(AttributeTemplate):
    key = RowType

    def generic_resolve(self, row: RowType, name: str) -> Any:
        if name not in row.columns.where:
            return None
        _, kind, is_list = row.columns.where[name]
        return ListType(kind) if is_list else in_rules(kind)


def _struct(context: Any, builder: Any, kind: Any, value: Any = None) -> Any:
    return cgutils.create_struct_proxy(kind)(context, builder, value=value)


def _check(context: Any, builder: Any, index: Any, length: Any) -> None:
    """An IndexError where compiled code is asked to check its bounds (NUMBA_BOUNDSCHECK=1)."""
    if context.enable_boundscheck:
        cgutils.do_boundscheck(context, builder, index, length)


def _load(builder: Any, address: Any, kind: str) -> Any:
    value = builder.load(address)
    return value if kind in ("i8", "f8") else builder.sext(value, WORD)


def _store(builder: Any, address: Any, kind: str, value: Any) -> None:
    builder.store(value if kind in ("i8", "f8") else builder.trunc(value, IN_MEMORY[kind]), address)


def _at(builder: Any, first: Any, kind: str, index: Any) -> Any:
    return builder.gep(builder.bitcast(first, IN_MEMORY[kind].as_pointer()), [index], inbounds=True)


def _of_header(builder: Any, header: Any, k: int, kind: Any) -> Any:
    """Word k of the header. It never changes during a run, so the compiler may keep it in a register."""
    words = builder.bitcast(header, kind.as_pointer())
    word = builder.load(builder.gep(words, [ir.Constant(WORD, k)]))
    return _never_changes(builder, word)


def _never_changes(builder: Any, load: Any) -> Any:
    load.set_metadata("invariant.load", builder.module.add_metadata([]))
    return load


def _field(context: Any, builder: Any, kind: RowType, value: Any, name: str) -> tuple[Any, Any]:
    """The address of a row's field (of its first number, if it is a list), and the length of the list or None."""
    k, number, is_list = kind.columns.where[name]
    row = _struct(context, builder, kind, value)
    first = _of_header(builder, row.header, k, cgutils.voidptr_t)
    if not is_list:
        return _at(builder, first, number, row.slot), None
    length = _of_header(builder, row.header, len(kind.columns.layout) + k, WORD)
    return _at(builder, first, number, builder.mul(row.slot, length)), length


@lower_builtin(operator.getitem, ColumnsType, types.Integer)
def _row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    columns = _struct(context, builder, sig.args[0], args[0])
    _check(context, builder, args[1], columns.count)
    row = _struct(context, builder, sig.return_type)
    row.header, row.slot = columns.header, args[1]
    return row._getvalue()


@lower_builtin(operator.getitem, ListType, types.Integer)
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    numbers = _struct(context, builder, sig.args[0], args[0])
    _check(context, builder, args[1], numbers.length)
    kind = sig.args[0].kind
    return _load(builder, _at(builder, numbers.first, kind, args[1]), kind)


@lower_builtin(operator.setitem, ListType, types.Integer, types.Any)
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    numbers = _struct(context, builder, sig.args[0], args[0])
    _check(context, builder, args[1], numbers.length)
    kind = sig.args[0].kind
    _store(builder, _at(builder, numbers.first, kind, args[1]), kind, args[2])
    return context.get_dummy_value()


@lower_builtin(len, ColumnsType)
def _count(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _struct(context, builder, sig.args[0], args[0]).count


@lower_builtin(len, ListType)
def _length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _struct(context, builder, sig.args[0], args[0]).length


@lower_getattr_generic(RowType)
def _get_field(context: Any, builder: Any, kind: RowType, value: Any, name: str) -> Any:
    address, length = _field(context, builder, kind, value, name)
    number = kind.columns.where[name][1]
    if length is None:
        return _load(builder, address, number)
    numbers = _struct(context, builder, ListType(number))
    numbers.first, numbers.length = builder.bitcast(address, cgutils.voidptr_t), length
    return numbers._getvalue()


@lower_setattr_generic(RowType)
def _set_field(context: Any, builder: Any, sig: Any, args: Any, name: str) -> Any:
    address, _ = _field(context, builder, sig.args[0], args[0], name)
    _store(builder, address, sig.args[0].columns.where[name][1], args[1])


class UnchangingType(types.Type):
    """A record that does not change during a run. Rules cannot write to it."""

    def __init__(self, record: types.Record) -> None:
        self.record = record
        super().__init__(f"Unchanging({record})")


register_model(UnchangingType)(models.OpaqueModel)


@intrinsic
def unchanging(_: Any, record: Any) -> Any:
    """The record as one that no rule changes, so that the compiler may keep what it has read from it."""
    return UnchangingType(record)(record), lambda context, builder, sig, args: builder.bitcast(args[0], cgutils.voidptr_t)


@infer_getattr
class _Members(AttributeTemplate):
    key = UnchangingType

    def generic_resolve(self, kind: UnchangingType, name: str) -> Any:
        return kind.record.typeof(name) if name in kind.record.fields else None


@lower_getattr_generic(UnchangingType)
def _get_member(context: Any, builder: Any, kind: UnchangingType, value: Any, name: str) -> Any:
    record = builder.bitcast(value, context.get_value_type(kind.record))
    found = record_getattr(context, builder, kind.record, record, name)
    if isinstance(found, ir.LoadInstr):
        _never_changes(builder, found)
    return found
