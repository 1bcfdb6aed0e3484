package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"google.golang.org/grpc"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	// The messages that the protos import.
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
)

const service = "indelible.v1.LedgerService"

// protos is what the daemon's reflection says of its service.
type protos struct {
	service protoreflect.ServiceDescriptor
}

// reflect asks the daemon for its protos.
func reflect(ctx context.Context, conn *grpc.ClientConn) (*protos, error) {
	asked, err := reflection.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return nil, err
	}
	defer asked.CloseSend()
	files := map[string]*descriptorpb.FileDescriptorProto{}
	waiting := []*reflection.ServerReflectionRequest{{
		MessageRequest: &reflection.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service},
	}}
	for len(waiting) > 0 {
		request := waiting[0]
		waiting = waiting[1:]
		if err := asked.Send(request); err != nil {
			return nil, err
		}
		answer, err := asked.Recv()
		if err != nil {
			return nil, err
		}
		for _, raw := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
			file := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(raw, file); err != nil {
				return nil, err
			}
			files[file.GetName()] = file
			for _, name := range file.GetDependency() {
				_, err := protoregistry.GlobalFiles.FindFileByPath(name)
				if files[name] == nil && err != nil {
					waiting = append(waiting, &reflection.ServerReflectionRequest{
						MessageRequest: &reflection.ServerReflectionRequest_FileByFilename{FileByFilename: name},
					})
				}
			}
		}
	}
	return build(files)
}

// build puts the files together, each after those that it imports.
func build(files map[string]*descriptorpb.FileDescriptorProto) (*protos, error) {
	registry := &protoregistry.Files{}
	for _, name := range []string{"google/protobuf/timestamp.proto", "google/protobuf/duration.proto"} {
		known, err := protoregistry.GlobalFiles.FindFileByPath(name)
		if err == nil {
			err = registry.RegisterFile(known)
		}
		if err != nil {
			return nil, err
		}
	}
	for left := len(files); left > 0; left-- {
		for name, file := range files {
			if built, err := protodesc.NewFile(file, registry); err == nil {
				if err := registry.RegisterFile(built); err != nil {
					return nil, err
				}
				delete(files, name)
			}
		}
	}
	found, err := registry.FindDescriptorByName(service)
	if err != nil {
		return nil, err
	}
	return &protos{found.(protoreflect.ServiceDescriptor)}, nil
}

// answer is a message as JSON has it.
type answer map[string]any

// text is the value at the end of a path of members; empty if there is none.
func (a answer) text(path ...string) string {
	var at any = map[string]any(a)
	for _, name := range path {
		object, ok := at.(map[string]any)
		if !ok {
			return ""
		}
		at = object[name]
	}
	if at == nil {
		return ""
	}
	return fmt.Sprint(at)
}

func (p *protos) method(name string) (protoreflect.MethodDescriptor, string) {
	return p.service.Methods().ByName(protoreflect.Name(name)), "/" + service + "/" + name
}

// call makes a call with one answer.
func (p *protos) call(ctx context.Context, conn *grpc.ClientConn, name, request string) (answer, error) {
	method, path := p.method(name)
	sent, received := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	if err := protojson.Unmarshal([]byte(request), sent); err != nil {
		return nil, err
	}
	if err := conn.Invoke(ctx, path, sent, received); err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(received)
	if err != nil {
		return nil, err
	}
	told := answer{}
	return told, json.Unmarshal(text, &told)
}

// stream sends messages, and counts answers up to so many.
func (p *protos) stream(ctx context.Context, conn *grpc.ClientConn, name string, requests []string, most int) (int, error) {
	method, path := p.method(name)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, path)
	if err != nil {
		return 0, err
	}
	for _, request := range requests {
		sent := dynamicpb.NewMessage(method.Input())
		if err := protojson.Unmarshal([]byte(request), sent); err != nil {
			return 0, err
		}
		if err := stream.SendMsg(sent); err != nil {
			return 0, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return 0, err
	}
	for count := 0; ; count++ {
		if count == most {
			return count, nil
		}
		err := stream.RecvMsg(dynamicpb.NewMessage(method.Output()))
		if err == io.EOF {
			return count, nil
		}
		if err != nil {
			return count, err
		}
	}
}
