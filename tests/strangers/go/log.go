// A whole bundle, unpacked, read as a C2SP tlog-tiles log on disk.

package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// checkpoint is the text of a tlog-checkpoint whose signature has been verified.
type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// openCheckpoint verifies a signed note under the pinned key and reads its text.
func openCheckpoint(signed []byte, pinned note.Verifier) (checkpoint, error) {
	opened, err := note.Open(signed, note.VerifierList(pinned))
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return checkpoint{}, errors.New("checkpoint has not exactly three lines")
	}
	if lines[0] != pinned.Name() {
		return checkpoint{}, fmt.Errorf("checkpoint is of %q, key of %q", lines[0], pinned.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("not a tree size: %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

// directory reads tiles from an unpacked bundle.
type directory string

// Height is that of every C2SP tile.
func (directory) Height() int { return tileHeight }

// SaveTiles keeps nothing: the files are there already.
func (directory) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles answers with the bytes of the named tiles.
func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		raw, err := os.ReadFile(filepath.Join(string(d), tilePath(tile)))
		if err != nil {
			return nil, err
		}
		found = append(found, raw)
	}
	return found, nil
}

// tilePath is the C2SP path: that of the checksum database without the height.
func tilePath(tile tlog.Tile) string {
	return filepath.FromSlash(strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
}

// entries reads every entry of the log, bundle by bundle.
func (d directory) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for start := int64(0); start < size; start += tileWidth {
		tile := tlog.Tile{H: tileHeight, L: 0, N: start / tileWidth, W: int(least(tileWidth, size-start))}
		name := filepath.Join(string(d), strings.Replace(tilePath(tile), filepath.Join("tile", "0"), filepath.Join("tile", "entries"), 1))
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for count := 0; count < tile.W; count++ {
			if len(raw) < 2 || len(raw)-2 < int(binary.BigEndian.Uint16(raw)) {
				return nil, fmt.Errorf("%s is cut short", name)
			}
			length := 2 + int(binary.BigEndian.Uint16(raw))
			all, raw = append(all, raw[2:length]), raw[length:]
		}
		if len(raw) != 0 {
			return nil, fmt.Errorf("%s holds more than its entries", name)
		}
	}
	return all, nil
}

func least(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// receipt is a C2SP tlog-proof.
type receipt struct {
	index  int64
	proof  tlog.RecordProof
	signed []byte
}

// parseReceipt reads the lines of a tlog-proof; its extra line is not looked into.
func parseReceipt(raw []byte) (receipt, error) {
	head, signed, found := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return receipt{}, errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, err := base64.StdEncoding.Strict().DecodeString(lines[0][len("extra "):]); err != nil {
			return receipt{}, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return receipt{}, errors.New("receipt has no index line")
	}
	index, err := strconv.ParseInt(lines[0][len("index "):], 10, 64)
	if err != nil || index < 0 {
		return receipt{}, fmt.Errorf("not an index: %q", lines[0])
	}
	read := receipt{index: index, signed: []byte(signed)}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return receipt{}, err
		}
		read.proof = append(read.proof, hash)
	}
	return read, nil
}
