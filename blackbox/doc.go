// Package blackbox tests Chatpass from outside: the built program, a real MariaDB, requests as the provider and a browser send them.
//
// Test names carry the numbers of the security catalogue (SEC-…). Everything the program says in any of these tests, in an answer,
// on standard output or in its log, is searched for the secrets it was given.
package blackbox
