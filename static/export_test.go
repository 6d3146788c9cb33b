package static

// Shrink is how the embedded file becomes what is served.
var Shrink = shrink
