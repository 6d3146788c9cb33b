package blackbox_test

import (
	"fmt"
	"net"
	"strings"
)

// nginxConfig is a site that packs and dates everything it can, and has rules of its own for scripts.
func nginxConfig(w wrapping) string {
	cache := ""
	if w.cache {
		cache = "proxy_cache pages; proxy_cache_valid 200 1m; add_header X-Cache $upstream_cache_status always;"
	}
	if !strings.Contains(w.pages, "expires off") {
		cache += " expires off;"
	}
	return fmt.Sprintf(`pid %[1]s/pid; worker_processes 1; error_log %[1]s/log notice;
events { worker_connections 256; }
http {
    access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
    proxy_cache_path %[1]s/cache keys_zone=pages:1m;
    gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;
    server {
        listen %[2]s;
        expires 1h; error_page 404 500 502 503 504 /error.html;
        location ~ \.(js|css|html)$ { return 418 "a rule of the site"; }
%[3]s
        location / { %[6]s
            proxy_pass %[4]s; proxy_set_header Host $host;
%[5]s
        }
    }
}
`, w.dir, w.listen, w.recipe, w.site, w.pages, cache)
}

var apacheModules = []string{
	"mpm_event", "authn_core", "authz_core", "auth_basic", "proxy", "proxy_http", "proxy_balancer", "lbmethod_byrequests", "slotmem_shm",
	"headers", "env", "include", "filter", "deflate", "mime", "dir", "rewrite", "cache", "cache_disk",
}

func apacheConfig(w wrapping) string {
	var modules strings.Builder
	for _, m := range apacheModules {
		fmt.Fprintf(&modules, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	cache := ""
	if w.cache {
		cache = "CacheEnable disk \"/\"\nCacheRoot " + w.dir + "/cache\nCacheDefaultExpire 60\nCacheHeader on\n"
	}
	return modules.String() + fmt.Sprintf(`ServerRoot %[1]s
ServerName www.example.com
PidFile %[1]s/pid
DefaultRuntimeDir %[1]s
Mutex file:%[1]s default
ErrorLog %[1]s/log
Listen %[2]s
TypesConfig /dev/null
AddType text/html .html
StartServers 1
ThreadsPerChild 16
MaxRequestWorkers 16
KeepAliveTimeout 1
SetOutputFilter DEFLATE
RewriteEngine On
RewriteRule ^/chat/ - [END]
RewriteRule ^/chat/ - [F]
%[3]s%[4]s
%[5]s
ProxyPass "/" "%[6]s/"
`, w.dir, w.listen, cache, w.recipe, w.pages, w.site)
}

func caddyConfig(w wrapping) string {
	if w.pages == "" {
		w.pages = "	reverse_proxy " + strings.TrimPrefix(w.site, "http://")
	}
	return fmt.Sprintf(`{
	admin off
	auto_https off
}
http://:%[1]s {
	bind 127.0.0.1
	encode gzip
%[2]s
%[3]s
}
`, portOf(w.listen), w.recipe, w.pages)
}

func haproxyConfig(w wrapping) string {
	return fmt.Sprintf(`global
    maxconn 100
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    compression algo gzip
    compression type application/json text/html
backend site
    server site %s
frontend www
    bind %s
    default_backend site
%s`, strings.TrimPrefix(w.site, "http://"), w.listen, w.recipe)
}

// varnishConfig is a site that keeps its pages whatever cookies there are.
func varnishConfig(w wrapping) string {
	host, port, _ := net.SplitHostPort(strings.TrimPrefix(w.site, "http://"))
	return fmt.Sprintf(`vcl 4.1;
backend default { .host = "%s"; .port = "%s"; }
%s
sub vcl_recv { unset req.http.Cookie; return (hash); }
sub vcl_backend_response { set beresp.do_gzip = true; set beresp.ttl = 60s; }
sub vcl_deliver { if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } else { set resp.http.X-Cache = "MISS"; } }
`, host, port, w.recipe)
}
