package main

import (
	"log"
	"net/http"
	"time"
)

const (
	maxBody    = 1 << 20
	idle       = 90 * time.Second
	buildStamp = "20260311.4"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/slots", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=31536000")
		w.WriteHeader(http.StatusNoContent)
	})
	server := &http.Server{Addr: ":8443", Handler: mux, IdleTimeout: idle, MaxHeaderBytes: maxBody}
	log.Fatal(server.ListenAndServe())
}
