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

func send(client *net.UnixConn, data []byte, halfClose bool) {
	_, err := client.Write(data)
	check(err)
	if halfClose {
		check(client.CloseWrite())
	}
}

func main() {
	path, how := os.Args[1], os.Args[2]
	data, err := io.ReadAll(os.Stdin)
	check(err)
	messages := [][]byte{data}
	if how == "many" {
		lines := bytes.SplitAfter(data, []byte("\n"))
		messages = lines[:len(lines)-1] // the last one is empty
	}
	var clients []net.Conn
	for _, message := range messages {
		client, err := net.DialTimeout("unix", path, 10*time.Second)
		check(err)
		check(client.SetDeadline(time.Now().Add(10 * time.Second)))
		clients = append(clients, client)
		go send(client.(*net.UnixConn), message, how == "half-close")
	}
	for i, message := range messages {
		if how == "half-close" {
			_, err = io.Copy(os.Stdout, clients[i])
		} else {
			_, err = io.CopyN(os.Stdout, clients[i], int64(len(message)))
		}
		check(err)
	}
}
