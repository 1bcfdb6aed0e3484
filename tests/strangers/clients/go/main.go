// Command clients calls the daemon with Go's grpc. It knows the protos from the daemon's reflection alone. The environment
// says the rest (see ../run).
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// checks counts what passed and what failed.
type checks struct{ passed, failed int }

// report prints and counts one check.
func (c *checks) report(what string, isRight bool, found any) {
	if isRight {
		c.passed++
		fmt.Printf("ok      go: %s\n", what)
		return
	}
	c.failed++
	fmt.Printf("FAILED  go: %s: %v\n", what, found)
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Printf("FAILED  go: %v\n", err)
		os.Exit(1)
	}
	return value
}

// connect opens a connection over TLS, with the client's certificate or without.
func connect(withCertificate bool) *grpc.ClientConn {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(os.Getenv("CA"))))
	config := &tls.Config{RootCAs: roots}
	if withCertificate {
		pair := must(tls.LoadX509KeyPair(os.Getenv("CERT"), os.Getenv("KEY")))
		config.Certificates = []tls.Certificate{pair}
	}
	return must(grpc.NewClient(os.Getenv("ADDRESS"), grpc.WithTransportCredentials(credentials.NewTLS(config))))
}

// refused is how a call is refused: code, words, and details as they were sent.
type refused struct {
	code    codes.Code
	words   string
	details string
}

func refusal(err error) refused {
	told := status.Convert(err)
	details := must(proto.MarshalOptions{Deterministic: true}.Marshal(told.Proto()))
	// A refusal says the name that was asked for.
	alike := strings.NewReplacer(os.Getenv("ABSENT"), os.Getenv("FOREIGN"))
	return refused{told.Code(), alike.Replace(told.Message()), string(details)}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var done checks
	ledger := os.Getenv("LEDGER")
	client := connect(true)
	known := must(reflect(ctx, client))

	event := func(id string) string {
		payload := base64.StdEncoding.EncodeToString([]byte("hello"))
		return fmt.Sprintf(`{"id": %q, "source": "urn:go", "type": "com.example.sale.v1", "plaintext": %q}`, id, payload)
	}
	request := fmt.Sprintf(`{"ledger": %q, "event": %s}`, ledger, event("go-1"))
	sequence := func() string {
		answer := must(known.call(ctx, client, "Append", request))
		return answer.text("acknowledgement", "sequence")
	}
	first := sequence()
	done.report("an event is appended", first != "" && first != "0", first)
	again := sequence()
	done.report("the same event again is the same record", again == first, again)
	read := must(known.call(ctx, client, "GetRecord", fmt.Sprintf(`{"ledger": %q, "sequence": %q}`, ledger, first)))
	payload := must(base64.StdEncoding.DecodeString(read.text("record", "event", "plaintext")))
	done.report("it is read again", bytes.Equal(payload, []byte("hello")), read)

	var messages []string
	for number := range 3 {
		id := fmt.Sprintf("go-stream-%d", number)
		messages = append(messages, fmt.Sprintf(`{"ledger": %q, "events": [%s]}`, ledger, event(id)))
	}
	acknowledged := must(known.stream(ctx, client, "AppendStream", messages, len(messages)))
	done.report("a stream is acknowledged message by message", acknowledged == 3, acknowledged)
	follow := fmt.Sprintf(`{"ledger": %q, "startSequence": %q}`, ledger, first)
	followed := must(known.stream(ctx, client, "FollowRecords", []string{follow}, 1))
	done.report("records are followed", followed == 1, followed)

	denied := func(name string) refused {
		_, err := known.call(ctx, client, "GetRecord", fmt.Sprintf(`{"ledger": %q, "sequence": "0"}`, os.Getenv(name)))
		return refusal(err)
	}
	foreign, absent := denied("FOREIGN"), denied("ABSENT")
	done.report("somebody else's ledger is refused", foreign.code == codes.PermissionDenied, foreign)
	done.report("and with the reason", bytes.Contains([]byte(foreign.details), []byte("ACCESS_DENIED")), foreign)
	done.report("an absent ledger is refused in the same words", absent.code == foreign.code && absent.words == foreign.words, absent)
	_, err := known.call(ctx, connect(false), "GetStatus", "{}")
	done.report("without a certificate nobody is known", status.Code(err) == codes.Unauthenticated, err)

	local := must(grpc.NewClient("unix:"+os.Getenv("SOCKET"), grpc.WithTransportCredentials(insecure.NewCredentials())))
	answer := must(known.call(ctx, local, "GetStatus", "{}"))
	done.report("the status is read over the socket", answer.text("state") == "DAEMON_STATE_SERVING", answer)

	fmt.Printf("go: %d passed, %d failed\n", done.passed, done.failed)
	if done.failed > 0 {
		os.Exit(1)
	}
}
