// Command strangers checks an Indelible log with the note and tlog packages of the Go project.
//
// usage: strangers VKEY UNPACKED-WHOLE-BUNDLE [checkpoint FILE | receipt FILE]...
//
// It prints a line for each check and exits with 1 when one of them failed.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// proofsMax bounds how many records are proved one by one; the leaves are all compared.
const proofsMax = 4096

// checks counts what passed and what failed.
type checks struct{ passed, failed int }

// report prints and counts one check.
func (c *checks) report(what string, err error) bool {
	if err != nil {
		c.failed++
		fmt.Printf("FAILED  go: %s: %v\n", what, err)
		return false
	}
	c.passed++
	fmt.Printf("ok      go: %s\n", what)
	return true
}

func main() {
	if len(os.Args) < 3 || len(os.Args)%2 == 0 {
		fmt.Fprintln(os.Stderr, "usage: strangers VKEY UNPACKED [checkpoint FILE | receipt FILE]...")
		os.Exit(2)
	}
	var done checks
	run(&done, os.Args[1], directory(os.Args[2]), os.Args[3:])
	fmt.Printf("go: %d passed, %d failed\n", done.passed, done.failed)
	if done.failed > 0 {
		os.Exit(1)
	}
}

// run does all checks, stopping where the next ones would rest on a failed one.
func run(done *checks, vkey string, log directory, more []string) {
	pinned, err := note.NewVerifier(strings.TrimSpace(vkey))
	if !done.report("the verifier key is readable", err) {
		return
	}
	signed, err := os.ReadFile(filepath.Join(string(log), "checkpoint"))
	if !done.report("the log has a checkpoint", err) {
		return
	}
	head, err := openCheckpoint(signed, pinned)
	if !done.report("the checkpoint's note verifies", err) {
		return
	}
	hashes := tlog.TileHashReader(head.tree, log)
	done.report(fmt.Sprintf("the tiles give the root of size %d", head.tree.N), checkRoot(head.tree, hashes, head.tree))
	entries, err := log.entries(head.tree.N)
	if !done.report("the entries are readable", err) {
		return
	}
	done.report("every entry hashes to its leaf", checkLeaves(entries, hashes))
	done.report("records are in the tree", checkInclusion(head.tree, entries, hashes))
	for _, old := range []int64{1, (head.tree.N + 1) / 2, head.tree.N - 1} {
		if old >= 1 {
			done.report(fmt.Sprintf("sizes %d and %d are consistent", old, head.tree.N), checkConsistency(head.tree, old, nil, hashes))
		}
	}
	for ; len(more) >= 2; more = more[2:] {
		raw, err := os.ReadFile(more[1])
		if err == nil && more[0] == "checkpoint" {
			err = checkOlder(raw, pinned, head.tree, hashes)
		} else if err == nil {
			err = checkReceipt(raw, pinned, entries)
		}
		done.report(more[0]+" "+filepath.Base(more[1]), err)
	}
}

// checkRoot computes the root of a size from verified tiles.
func checkRoot(head tlog.Tree, hashes tlog.HashReader, wanted tlog.Tree) error {
	root, err := tlog.TreeHash(wanted.N, hashes)
	if err != nil {
		return err
	}
	if root != wanted.Hash {
		return fmt.Errorf("tree of size %d within %d has root %v, not %v", wanted.N, head.N, root, wanted.Hash)
	}
	return nil
}

// checkLeaves compares each entry's record hash with the one in the level-0 tiles.
func checkLeaves(entries [][]byte, hashes tlog.HashReader) error {
	indexes := make([]int64, len(entries))
	for n := range entries {
		indexes[n] = tlog.StoredHashIndex(0, int64(n))
	}
	leaves, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for n, entry := range entries {
		if tlog.RecordHash(entry) != leaves[n] {
			return fmt.Errorf("entry %d does not hash to its leaf", n)
		}
	}
	return nil
}

// checkInclusion proves records one by one, evenly spread if there are many.
func checkInclusion(head tlog.Tree, entries [][]byte, hashes tlog.HashReader) error {
	step := int64(len(entries))/proofsMax + 1
	for n := int64(0); n < head.N; n += step {
		proof, err := tlog.ProveRecord(head.N, n, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, head.N, head.Hash, n, tlog.RecordHash(entries[n])); err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
	}
	return nil
}

// checkConsistency proves that the tree of an older size is a prefix; its root may be known.
func checkConsistency(head tlog.Tree, old int64, known *tlog.Hash, hashes tlog.HashReader) error {
	root, err := tlog.TreeHash(old, hashes)
	if err != nil {
		return err
	}
	if known != nil {
		root = *known
	}
	proof, err := tlog.ProveTree(head.N, old, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, head.N, head.Hash, old, root)
}

// checkOlder holds another checkpoint of the ledger against the log.
func checkOlder(raw []byte, pinned note.Verifier, head tlog.Tree, hashes tlog.HashReader) error {
	other, err := openCheckpoint(raw, pinned)
	if err != nil {
		return err
	}
	if other.tree.N < 1 || other.tree.N > head.N {
		return fmt.Errorf("size %d is not within the log's %d", other.tree.N, head.N)
	}
	return checkConsistency(head, other.tree.N, &other.tree.Hash, hashes)
}

// checkReceipt verifies a receipt for a record whose entry is in the log.
func checkReceipt(raw []byte, pinned note.Verifier, entries [][]byte) error {
	read, err := parseReceipt(raw)
	if err != nil {
		return err
	}
	signed, err := openCheckpoint(read.signed, pinned)
	if err != nil {
		return err
	}
	if read.index >= int64(len(entries)) {
		return fmt.Errorf("record %d is not in the log, which has %d", read.index, len(entries))
	}
	return tlog.CheckRecord(read.proof, signed.tree.N, signed.tree.Hash, read.index, tlog.RecordHash(entries[read.index]))
}
