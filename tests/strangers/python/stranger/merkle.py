"""Sections 4 and 5: the chain, the commitments and the RFC 6962 tree."""

import hashlib

from blake3 import blake3

CHAIN_CONTEXT = "indelible 2026-11-20 chain v0"
ORIGIN_CONTEXT = "indelible 2026-11-20 origin v0"
BODY, PAYLOAD = 0x01, 0x02
SEALED_BODY, SEALED_PAYLOAD = 0x11, 0x12


def commitment(salt, domain, content):
    """commitment(salt, domain, bytes) of section 3.4."""
    return blake3(bytes([domain]) + content, key=salt).digest()


def chain_start(origin):
    """chain(-1)."""
    return blake3(origin.encode("ascii"), derive_key_context=ORIGIN_CONTEXT).digest()


def chain_link(previous, header):
    """chain(n) from chain(n-1) and the header's bytes."""
    return blake3(previous + header, derive_key_context=CHAIN_CONTEXT).digest()


def leaf(chain):
    """The leaf hash over a chain hash."""
    return hashlib.sha256(b"\x00" + chain).digest()


def node(left, right):
    """An interior node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count):
    """The largest power of two smaller than count."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves):
    """MTH over leaf hashes, RFC 6962 section 2.1."""
    stack = []
    for position, hashed in enumerate(leaves):
        stack.append(hashed)
        position += 1
        while position % 2 == 0:
            position //= 2
            right = stack.pop()
            stack.append(node(stack.pop(), right))
    return fold(stack)


def fold(stack):
    """Folds the perfect subtrees, largest first, from the right."""
    if not stack:
        return hashlib.sha256(b"").digest()
    total = stack[-1]
    for hashed in reversed(stack[:-1]):
        total = node(hashed, total)
    return total


def inclusion(index, leaves):
    """PATH(m, D[n]) of RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return inclusion(index, leaves[:k]) + [root(leaves[k:])]
    return inclusion(index - k, leaves[k:]) + [root(leaves[:k])]


def consistency(size, leaves):
    """PROOF(m, D[n]) of RFC 6962 section 2.1.2."""
    return _subproof(size, leaves, True)


def _subproof(size, leaves, whole):
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if size <= k:
        return _subproof(size, leaves[:k], whole) + [root(leaves[k:])]
    return _subproof(size - k, leaves[k:], False) + [root(leaves[:k])]


def root_of_inclusion(hashed, index, size, proof):
    """RFC 9162 section 2.1.3.2: the root that the proof leads to, or None."""
    if index >= size:
        return None
    fn, sn, total = index, size - 1, hashed
    for step in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            total = node(step, total)
            if not fn & 1:
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
        else:
            total = node(total, step)
        fn, sn = fn >> 1, sn >> 1
    return total if sn == 0 else None


def root_to_the_left(index, size, proof):
    """The root of the tree of size `index`, from the left siblings of that leaf's inclusion proof."""
    fn, sn, total = index, size - 1, None
    for step in proof:
        if fn & 1 or fn == sn:
            if fn:
                total = step if total is None else node(step, total)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, sn >> 1
    return hashlib.sha256(b"").digest() if total is None else total


def consistent(first, second, first_root, second_root, proof):
    """RFC 9162 section 2.1.4.2."""
    if not 1 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if not proof:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(step, fr), node(step, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def left_widths(start):
    """Sizes of the perfect subtrees of a tree of size `start`, largest first."""
    return [1 << bit for bit in reversed(range(start.bit_length())) if start >> bit & 1]


def right_widths(start, size):
    """Sizes of the maximal aligned perfect subtrees over start..size, left to right."""
    widths = []
    while start < size:
        width = start & -start if start else 1 << size.bit_length()
        while width > size - start:
            width >>= 1
        widths.append(width)
        start += width
    return widths


class Stack:
    """Perfect subtrees, left to right; equal-sized neighbours merge as they meet."""

    def __init__(self):
        self.parts = []

    def push(self, width, hashed):
        """Adds the next subtree on the right."""
        self.parts.append((width, hashed))
        while len(self.parts) > 1 and self.parts[-1][0] == self.parts[-2][0]:
            (width, right), (_, left) = self.parts.pop(), self.parts.pop()
            self.parts.append((2 * width, node(left, right)))

    def root(self):
        """The root over everything pushed so far."""
        return fold([hashed for _, hashed in self.parts])

    def size(self):
        """The number of leaves so far."""
        return sum(width for width, _ in self.parts)
