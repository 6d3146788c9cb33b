package session

// Believed tells whether a file of this owner in such a folder counts.
var Believed = believed
