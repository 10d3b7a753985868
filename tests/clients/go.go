// tests/clients/go.go - an echo client in Go.
// Build: go build -o go go.go        Run: ./go PATH echo|half-close|many
// Pitfalls: if the backlog is full, DialTimeout() does not wait: it returns EAGAIN at once. A
// deadline is a point in time, not a timeout for each call: set it anew before the next request.
package main

import (
	"bytes"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func connect(path string) *net.UnixConn {
	client, err := net.DialTimeout("unix", path, 10*time.Second)
	check(err)
	check(client.SetDeadline(time.Now().Add(10 * time.Second)))
	return client.(*net.UnixConn)
}

func talk(client *net.UnixConn, data []byte, halfClose bool) {
	go func() {
		_, err := client.Write(data)
		check(err)
		if halfClose {
			check(client.CloseWrite())
		}
	}()
	var replies io.Reader = client
	if !halfClose {
		replies = io.LimitReader(client, int64(len(data)))
	}
	_, err := io.Copy(os.Stdout, replies)
	check(err)
	check(client.Close())
}

func main() {
	path, how := os.Args[1], os.Args[2]
	data, err := io.ReadAll(os.Stdin)
	check(err)
	if how != "many" {
		talk(connect(path), data, how == "half-close")
		return
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	lines = lines[:len(lines)-1] // the last one is empty
	clients := make([]*net.UnixConn, len(lines))
	for i := range lines {
		clients[i] = connect(path)
	}
	for i, line := range lines {
		talk(clients[i], line, false)
	}
}
