<?php
// Renders a template with the real Twig or Blade. Standard input: {"engine", "text", "vars", "nonce", "escape"}; standard output: the page.
error_reporting(E_ALL & ~E_DEPRECATED); // Debian's packages are older than its PHP
set_error_handler(function ($level, $message) {
    if ($level & error_reporting()) {
        fwrite(STDERR, $message . "\n");
        exit(1);
    }
});
$in = json_decode(stream_get_contents(STDIN), true, 32, JSON_THROW_ON_ERROR);

if ($in['engine'] === 'twig') {
    require 'Twig/autoload.php';
    $twig = new Twig\Environment(new Twig\Loader\ArrayLoader(['page.html.twig' => $in['text']]), ['strict_variables' => true, 'autoescape' => $in['escape'] ? 'name' : false]);
    $twig->addFunction(new Twig\TwigFunction('csp_nonce', function ($usage) use ($in) {
        return $usage === 'script' ? $in['nonce'] : '';
    }));
    echo $twig->render('page.html.twig', ['member' => $in['vars']]);
    exit(0);
}

require 'Illuminate/View/autoload.php';
final class Vite
{
    public static $nonce;

    public static function cspNonce()
    {
        return self::$nonce;
    }
}
Vite::$nonce = $in['nonce'];
$blade = new Illuminate\View\Compilers\BladeCompiler(new Illuminate\Filesystem\Filesystem(), sys_get_temp_dir());
(function ($__code, $member) {
    eval('?>' . $__code);
})($blade->compileString($in['text']), (object) $in['vars']);
