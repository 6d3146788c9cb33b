<?php
// Renders the inline widget with the real Twig or Blade. Standard input: {"engine", "file": the snippet, "text": what stands in
// the template, "user", "nonce", "key", "times"}; standard output: {"pages", "headers", "seconds"}.
error_reporting(E_ALL & ~E_DEPRECATED); // Debian's packages are older than its PHP
ini_set('error_log', '');
ini_set('log_errors', '1');
set_error_handler(function ($level, $message, $file, $line) {
    if ($level & error_reporting()) {
        fwrite(STDERR, "$message in line $line of $file\n");
        exit(1);
    }
});
$in = json_decode(stream_get_contents(STDIN), true, 32, JSON_THROW_ON_ERROR);
$headers = [];
// PHP's command line forgets headers.
eval('namespace App\Twig; function header($line) { $GLOBALS["headers"][] = $line; }');
eval('namespace App\Support; function header($line) { $GLOBALS["headers"][] = $line; }');

function twig(array $in): callable
{
    $_SERVER['CHATPASS_SITE_KEY'] = $in['key'];
    require 'Twig/autoload.php';
    require $in['file'];
    $twig = new Twig\Environment(new Twig\Loader\ArrayLoader(['page.html.twig' => $in['text']]), ['strict_variables' => true]);
    $twig->addExtension(new App\Twig\ChatpassExtension());
    $twig->addFunction(new Twig\TwigFunction('csp_nonce', function () use ($in) {
        return $in['nonce'];
    }));
    return function () use ($twig, $in) {
        return $twig->render('page.html.twig', ['app' => ['user' => $in['user'] === null ? null : ['id' => $in['user']]]]);
    };
}

function config($name)
{
    return $name === 'services.chatpass.key' ? $GLOBALS['in']['key'] : null;
}

function auth()
{
    return new class () {
        public function id()
        {
            return $GLOBALS['in']['user'];
        }
    };
}

final class Vite
{
    public static function cspNonce()
    {
        return $GLOBALS['in']['nonce'];
    }
}

function blade(array $in): callable
{
    require 'Illuminate/View/autoload.php';
    require $in['file'];
    $blade = new Illuminate\View\Compilers\BladeCompiler(new Illuminate\Filesystem\Filesystem(), sys_get_temp_dir());
    $code = $blade->compileString($in['text']);
    return function () use ($code) {
        ob_start();
        eval('?>' . $code);
        return ob_get_clean();
    };
}

$render = $in['engine']($in);
$begin = microtime(true);
$pages = [];
for ($i = 0; $i < $in['times']; $i++) {
    $pages[] = $render();
}
echo json_encode(['pages' => $pages, 'headers' => array_values(array_unique($headers)), 'seconds' => microtime(true) - $begin]);
