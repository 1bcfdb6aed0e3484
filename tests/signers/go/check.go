package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
)

type vector struct {
	About, Seed, Origin, Type, Classification, Message, Signature, Name, Proof string
	Sources                                                                    []string
	Payload                                                                    *string
	Body                                                                       map[string]any
}

func unhex(text string) []byte {
	out, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return out
}

// typed turns JSON's numbers into integers, and the texts of digests into bytes.
func typed(value any, digest bool) any {
	switch v := value.(type) {
	case json.Number:
		number, err := v.Int64()
		if err != nil {
			panic(err)
		}
		return uint64(number)
	case string:
		if digest {
			return unhex(v)
		}
	case map[string]any:
		for key, item := range v {
			v[key] = typed(item, digest || key == "digests")
		}
	}
	return value
}

func main() {
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var vectors struct{ Events, Proofs []vector }
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.UseNumber()
	if err := decoder.Decode(&vectors); err != nil {
		panic(err)
	}
	passed, failed := 0, 0
	judge := func(v vector, holds bool) {
		if holds {
			passed++
			return
		}
		failed++
		fmt.Println("FAILED  go signer:", v.About)
	}
	for _, v := range vectors.Events {
		var payload []byte
		if v.Payload != nil {
			payload = append([]byte{}, unhex(*v.Payload)...)
		}
		body := typed(v.Body, false).(map[string]any)
		message, signature := sign(ed25519.NewKeyFromSeed(unhex(v.Seed)), v.Origin, v.Type, v.Classification, body, payload)
		judge(v, hex.EncodeToString(message) == v.Message && hex.EncodeToString(signature) == v.Signature)
	}
	for _, v := range vectors.Proofs {
		proof := prove(ed25519.NewKeyFromSeed(unhex(v.Seed)), v.Origin, v.Name, v.Sources)
		judge(v, hex.EncodeToString(proof) == v.Proof)
	}
	fmt.Printf("signer-go: %d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
