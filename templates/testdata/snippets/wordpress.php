<?php
// A WordPress as small as the plugin file needs it: it records hooks, and prints the page as the given version does.
// Standard input: {"plugin": file, "version", "on": names of what holds, "off": a theme's filter, "shortcode": attributes or null}.
error_reporting(E_ALL);
set_error_handler(function ($level, $message, $file, $line) {
    fwrite(STDERR, "$message in line $line of $file\n");
    exit(1);
});
$in = json_decode(stream_get_contents(STDIN), true, 32, JSON_THROW_ON_ERROR);
$hooks = [];
$enqueued = [];
$shortcodes = [];

function add_filter($name, $function, $priority = 10, $arguments = 1)
{
    $GLOBALS['hooks'][$name][$priority][] = [$function, $arguments];
}

function add_action($name, $function, $priority = 10, $arguments = 1)
{
    add_filter($name, $function, $priority, $arguments);
}

function apply_filters($name, ...$values)
{
    $all = $GLOBALS['hooks'][$name] ?? [];
    ksort($all);
    foreach ($all as $hooks) {
        foreach ($hooks as [$function, $arguments]) {
            $values[0] = $function(...array_slice($values, 0, $arguments));
        }
    }
    return $values[0];
}

function wp_enqueue_script($handle, $src = '', $deps = [], $ver = false, $args = false)
{
    $GLOBALS['enqueued'][] = [$handle, $src, $deps, $ver, $args];
}

function add_shortcode($name, $function)
{
    $GLOBALS['shortcodes'][$name] = $function;
}

function shortcode_atts($pairs, $given, $shortcode = '')
{
    $all = [];
    foreach ($pairs as $name => $value) {
        $all[$name] = $given[$name] ?? $value;
    }
    return $all;
}

function holds($what)
{
    return in_array($what, $GLOBALS['in']['on'], true);
}

function is_admin()
{
    return holds('admin');
}

function is_feed()
{
    return holds('feed');
}

function is_customize_preview()
{
    return holds('customizer');
}

function get_the_author_meta($field)
{
    return holds('author') ? '42' : '';
}

function esc_attr($text)
{
    return htmlspecialchars((string) $text, ENT_QUOTES, 'UTF-8', false);
}

function esc_html($text)
{
    return esc_attr($text);
}

// What WordPress leaves of an address.
function esc_url($url)
{
    return str_replace(["'", '&'], ['&#039;', '&#038;'], preg_replace('|[^a-z0-9-~+_.?#=!&;,/:%@$\|*\'()\[\]\x80-\xff]|i', '', $url));
}

if (holds('rest')) {
    define('REST_REQUEST', true);
}
if (holds('amp')) {
    eval('function amp_is_request() { return true; }');
}
if (holds('other amp')) {
    eval('function ampforwp_is_amp_endpoint() { return true; }');
}
define('ABSPATH', '/');
require $in['plugin'];
if ($in['off']) {
    add_filter('chatpass_show', function ($show) {
        return false;
    });
}

apply_filters('wp_enqueue_scripts', null);
foreach ($enqueued as [$handle, $src, $deps, $ver, $args]) {
    // As WP_Scripts::do_item: an address without a host gets the site's own before it.
    $full = preg_match('#^(https?:)?//#', $src) ? $src : 'https://www.example.com/blog' . $src;
    $full = esc_url(apply_filters('script_loader_src', $full . ($ver === null ? '' : '?ver=1'), $handle));
    $late = is_array($args) && version_compare($in['version'], '6.3', '>=') ? " {$args['strategy']} data-wp-strategy='{$args['strategy']}'" : '';
    if (version_compare($in['version'], '6.4', '>=')) {
        $tag = "<script src=\"$full\" id=\"$handle-js\"" . str_replace("'", '"', $late) . "></script>\n";
    } elseif (version_compare($in['version'], '5.5', '>=')) {
        $tag = "<script type='text/javascript' src='$full' id='$handle-js'$late></script>\n";
    } else {
        $tag = "<script type='text/javascript' src='$full'></script>\n";
    }
    echo apply_filters('script_loader_tag', $tag, $handle, $full);
}
echo apply_filters('script_loader_tag', "<script src='https://www.example.com/theme.js' id='theme-js'></script>\n", 'theme', '');
if ($in['shortcode'] !== null) {
    echo $shortcodes['chatpass_button']($in['shortcode']);
}
echo "\n<!-- ", json_encode(apply_filters('rocket_delay_js_exclusions', ['theirs'])), ' -->';
