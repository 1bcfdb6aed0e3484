// A producer's own signature over an event, as docs/evidence-format.md has it (3.6): for Go, with its own library.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// head is the shortest head of an item.
func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	}
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

// cbor is the deterministic CBOR of text, bytes, numbers from 0, booleans, lists of text and maps.
func cbor(value any) []byte {
	switch v := value.(type) {
	case bool:
		return map[bool][]byte{true: {0xf5}, false: {0xf4}}[v]
	case uint64:
		return head(0, v)
	case []byte:
		return append(head(2, uint64(len(v))), v...)
	case string:
		return append(head(3, uint64(len(v))), v...)
	case []string:
		out := head(4, uint64(len(v)))
		for _, text := range v {
			out = append(out, cbor(text)...)
		}
		return out
	}
	pairs := []string{}
	for key, item := range value.(map[string]any) {
		pairs = append(pairs, string(cbor(key))+string(cbor(item)))
	}
	sort.Strings(pairs) // By the encodings of the keys, of which none begins another.
	return append(head(5, uint64(len(pairs))), strings.Join(pairs, "")...)
}

func public(key ed25519.PrivateKey) []byte {
	return append([]byte{1}, key.Public().(ed25519.PublicKey)...)
}

// sign signs an event: it gives the message and the signature. Append the event with the digest of its payload
// (component "payload", algorithm "sha256"), which is added to body here. A payload of nil is none.
func sign(key ed25519.PrivateKey, origin, eventType, classification string, body map[string]any, payload []byte) ([]byte, []byte) {
	signed := map[string]any{"origin": origin, "type": eventType}
	if classification != "" {
		signed["classification"] = classification
	}
	if payload != nil {
		digest := sha256.Sum256(payload)
		signed["payload"] = digest[:]
		if body["digests"] == nil {
			body["digests"] = map[string]any{}
		}
		body["digests"].(map[string]any)["payload"] = map[string]any{"sha256": digest[:]}
	}
	body["producer"] = map[string]any{"key": public(key)}
	signed["body"] = cbor(body)
	message := append([]byte("indelible/producer@v1\n"), cbor(signed)...)
	return message, ed25519.Sign(key, message)
}

// prove is the proof with which the key is registered, for these sources or, without any, for all.
func prove(key ed25519.PrivateKey, origin, name string, sources []string) []byte {
	told := map[string]any{"key": public(key), "name": name, "origin": origin}
	if len(sources) > 0 {
		told["sources"] = slices.Sorted(slices.Values(sources))
	}
	return ed25519.Sign(key, append([]byte("indelible/producer-proof@v1\n"), cbor(told)...))
}
